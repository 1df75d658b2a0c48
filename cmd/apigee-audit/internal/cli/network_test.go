package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// corporate is a host behind a proxy, with a certificate of the company's own authority.
const corporate = "apigee.corp.example"

// certificate makes an authority and a certificate of it for the corporate host.
func certificate(t *testing.T) (authority []byte, server tls.Certificate) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = key
		}
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Corporate Authority"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, rootKey := sign(root, root, nil)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{corporate}, KeyUsage: x509.KeyUsageDigitalSignature}
	leafDER, leafKey := sign(leaf, root, rootKey)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

// tunnel is a proxy that knows one host and leads to it wherever it is. It remembers what it was asked for.
type tunnel struct {
	to string

	mu    sync.Mutex
	asked []string
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect || r.Host != corporate+":443" {
		http.Error(w, "not through here", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		there.Close()
		return
	}
	io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { io.Copy(there, here); there.Close() }()
	go func() { io.Copy(here, there); here.Close() }()
}

// TestCorporateProxyAndAuthority runs the program as a process, because Go reads proxy and certificate settings of a
// process once: through HTTPS_PROXY, to a host whose name only the proxy can resolve, whose certificate only the file
// named by SSL_CERT_FILE vouches for.
func TestCorporateProxyAndAuthority(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere SSL_CERT_FILE is not read, or programs cannot be linked like this")
	}
	authority, cert := certificate(t)
	orgs := []*simulator.Organization{tokens("prod", map[string]string{"1": issues})}
	server := httptest.NewUnstartedServer(simulator.New(orgs, simulator.Options{Token: "proxied-token"}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // one handshake fails on purpose
	server.StartTLS()
	defer server.Close()
	proxy := &tunnel{to: server.Listener.Addr().String()}
	way := httptest.NewServer(proxy)
	defer way.Close()

	folder := t.TempDir()
	file := filepath.Join(folder, "corporate.pem")
	if err := os.WriteFile(file, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "apigee-audit") // by this name the test binary is the program; see TestMain
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	call := func(command, host string, environ ...string) (status int, stdout, stderr string) {
		var out, said bytes.Buffer
		cmd := exec.CommandContext(t.Context(), program, command, "--org", "acme", "--endpoint", "https://"+host, "--timeout", "20s")
		cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &out, &said
		cmd.Env = append([]string{"HOME=" + folder, config.EnvToken + "=proxied-token", "HTTPS_PROXY=" + way.URL}, environ...)
		err := cmd.Run()
		if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String(), said.String()
	}

	status, stdout, stderr := call("scan", corporate, "SSL_CERT_FILE="+file)
	if status != exitFindings || !strings.Contains(stdout, "RT101") {
		t.Errorf("status %d, stderr:\n%s", status, stderr)
	}
	proxy.mu.Lock()
	if len(proxy.asked) == 0 || slices.ContainsFunc(proxy.asked, func(a string) bool { return a != "CONNECT "+corporate+":443" }) {
		t.Errorf("the proxy was asked for %q", proxy.asked)
	}
	proxy.mu.Unlock()
	status, _, stderr = call("scan", corporate)
	if status != exitFailed || !strings.Contains(stderr, "SSL_CERT_FILE") {
		t.Errorf("without the authority: status %d, stderr:\n%s", status, stderr)
	}

	for name, test := range map[string]struct {
		host    string
		environ []string
		status  int
		want    []string
	}{
		"all is well":          {corporate, []string{"SSL_CERT_FILE=" + file}, exitClean, []string{"network proxy            " + way.URL + " for https://" + corporate + ", from HTTPS_PROXY", "https://" + corporate + " answers"}},
		"no authority":         {corporate, nil, exitFailed, []string{"failed   management API", "SSL_CERT_FILE", "skipped  organization    the management API cannot be reached"}},
		"refused by the proxy": {"elsewhere.corp.example", nil, exitFailed, []string{"answered 403 Forbidden", "have the network proxy let requests to https://elsewhere.corp.example through"}},
		"past the proxy":       {corporate, []string{"NO_PROXY=" + corporate}, exitFailed, []string{"although HTTPS_PROXY is set", "check the name in --endpoint"}},
		"a password":           {corporate, []string{"SSL_CERT_FILE=" + file, "HTTPS_PROXY=" + strings.Replace(way.URL, "//", "//me:hunter2@", 1)}, exitClean, []string{way.URL + " for https://" + corporate}},
		"no address":           {corporate, []string{"HTTPS_PROXY=http://me%zz:hunter2@proxy"}, exitFailed, []string{"what HTTPS_PROXY holds is no URL, so it is ignored"}},
	} {
		status, stdout, stderr := call("doctor", test.host, test.environ...)
		if status != test.status || strings.Contains(stdout+stderr, "hunter2") {
			t.Errorf("doctor, %s: status %d, stdout:\n%s\nstderr:\n%s", name, status, stdout, stderr)
		}
		for _, want := range test.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("doctor, %s: %q is missing in\n%s", name, want, stdout)
			}
		}
	}
}
