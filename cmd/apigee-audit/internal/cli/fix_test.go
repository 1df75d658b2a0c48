package cli

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// eternal is a policy whose only fix is another lifetime.
const eternal = `<OAuthV2 name="Issue">
  <Operation>GenerateAccessToken</Operation>
  <ExpiresIn>1800000</ExpiresIn>
  <RefreshTokenExpiresIn>-1</RefreshTokenExpiresIn>
  <SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes>
  <GenerateResponse enabled="true"/>
</OAuthV2>
`

// bundleFolder writes a proxy with an issuing policy, and a refresh flow that works.
func bundleFolder(t *testing.T, dir, name string, policy []byte) {
	t.Helper()
	write(t, filepath.Join(dir, "apiproxy"), map[string][]byte{
		"root.xml":            []byte(`<APIProxy name="` + name + `"/>`),
		"policies/Issue.xml":  policy,
		"policies/Renew.xml":  []byte(`<OAuthV2 name="Renew"><Operation>RefreshAccessToken</Operation><RefreshTokenExpiresIn>86400000</RefreshTokenExpiresIn></OAuthV2>`),
		"resources/java/x.js": []byte("not read by any audit"),
		"proxies/default.xml": []byte(`<ProxyEndpoint name="default"><Flows>
<Flow name="a"><Request><Step><Name>Issue</Name></Step></Request><Condition>request.formparam.grant_type = "password"</Condition></Flow>
<Flow name="b"><Request><Step><Name>Renew</Name></Step></Request><Condition>request.formparam.grant_type = "refresh_token"</Condition></Flow>
</Flows><HTTPProxyConnection><BasePath>/login</BasePath></HTTPProxyConnection></ProxyEndpoint>`),
	})
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o640); err != nil {
			t.Fatal(err)
		}
	}
}

// tree are the files below a folder, by name.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if target, err := os.Readlink(name); err == nil {
			all[name] = "-> " + target
			return nil
		}
		data, err := os.ReadFile(name)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fixes runs fix on what is in the working directory.
func fixes(t *testing.T, environ []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), append([]string{"fix", "--no-config"}, args...), environ, streams{in: strings.NewReader(""), out: &out, err: &err})
	return status, out.String(), err.String()
}

// TestFixesKeepTheRestOfAFile holds that --write, and the diff that git apply takes, change the lifetime and not a byte more,
// whatever the file looks like; and that there is nothing to do afterwards.
func TestFixesKeepTheRestOfAFile(t *testing.T) {
	const before, after = ">-1<", ">2592000000<"
	for name, encode := range map[string]func(string) []byte{
		"plain":                 func(s string) []byte { return []byte(s) },
		"CRLF":                  func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) },
		"mixed line ends":       func(s string) []byte { return []byte(strings.Replace(s, "\n", "\r\n", 3)) },
		"BOM":                   func(s string) []byte { return []byte("\ufeff" + s) },
		"tabs":                  func(s string) []byte { return []byte(strings.ReplaceAll(s, "  ", "\t")) },
		"no newline at the end": func(s string) []byte { return []byte(strings.TrimSuffix(s, "\n")) },
		"one line":              func(s string) []byte { return []byte(strings.NewReplacer("\n", "", "  ", "").Replace(s)) },
		"Latin-1": func(s string) []byte {
			return append([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?><!-- `+"\xe9\xff"+" -->\n"), s...)
		},
		"comments and CDATA": func(s string) []byte {
			return []byte(strings.Replace(s, lifetimeIn(s), "><!-- was 30 days --><![CDATA["+strings.Trim(lifetimeIn(s), "<>")+"]]><!-- & now? --><", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			bundleFolder(t, "login", "login", encode(eternal))
			want := tree(t, ".")
			want["login/apiproxy/policies/Issue.xml"] = string(encode(strings.Replace(eternal, before, after, 1)))
			status, diff, stderr := fixes(t, nil, "login", "-q", "--rule", "RT201")
			if status != exitClean || diff == "" {
				t.Fatalf("status %d, stderr:\n%s", status, stderr)
			}
			if git, err := exec.LookPath("git"); err == nil {
				old := tree(t, ".")
				cmd := exec.CommandContext(t.Context(), git, "apply", "--whitespace=nowarn")
				cmd.Stdin, cmd.Env = strings.NewReader(diff), append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(must(os.Getwd())), "GIT_CONFIG_GLOBAL="+os.DevNull)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git apply: %s\n%s", out, diff)
				}
				if got := tree(t, "."); !maps.Equal(got, want) {
					t.Errorf("git apply made\n%q, want\n%q", got, want)
				}
				write(t, ".", map[string][]byte{"login/apiproxy/policies/Issue.xml": []byte(old["login/apiproxy/policies/Issue.xml"])})
				if err := os.Chmod("login/apiproxy/policies/Issue.xml", 0o640); err != nil { // git knows two modes
					t.Fatal(err)
				}
			}
			for range 2 {
				if status, _, stderr := fixes(t, nil, "login", "-q", "--rule", "RT201", "--write"); status != exitClean {
					t.Fatalf("status %d, stderr:\n%s", status, stderr)
				}
				if got := tree(t, "."); !maps.Equal(got, want) {
					t.Errorf("--write made\n%q, want\n%q", got, want)
				}
			}
			if info, err := os.Stat("login/apiproxy/policies/Issue.xml"); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("the permissions are %v, %v", info.Mode(), err)
			}
		})
	}
}

// lifetimeIn is the text of the element with its brackets: ">-1<".
func lifetimeIn(s string) string {
	_, rest, _ := strings.Cut(s, "<RefreshTokenExpiresIn")
	text, _, _ := strings.Cut(rest, "/")
	return text
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// TestFixLeavesAlone holds that what must not be changed is not, nor anything else of its bundle, and that stderr says why.
func TestFixLeavesAlone(t *testing.T) {
	_, noGit := exec.LookPath("git")
	git := func(t *testing.T, args ...string) {
		t.Helper()
		if noGit != nil {
			t.Skip("no git here")
		}
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %s", args, out)
		}
	}
	committed := func(t *testing.T) {
		git(t, "init", "-q")
		git(t, "add", "-A")
		git(t, "commit", "-q", "-m", "first")
	}
	const policy = "login/apiproxy/policies/Issue.xml"
	for name, tt := range map[string]struct {
		prepare func(t *testing.T)
		args    []string
		environ []string
		changed bool
		want    string // on stderr
	}{
		"in no repository":         {func(*testing.T) {}, []string{"login"}, nil, true, ""},
		"committed":                {committed, []string{"login"}, nil, true, ""},
		"a link to the folder":     {func(t *testing.T) { symlink(t, "login", "here") }, []string{"here"}, nil, true, ""},
		"the root folder":          {func(*testing.T) {}, []string{"login/apiproxy"}, nil, true, ""},
		"changes, and --force":     {func(t *testing.T) { committed(t); appendTo(t, policy, " ") }, []string{"login", "--force"}, nil, true, ""},
		"changes of another file":  {func(t *testing.T) { committed(t); appendTo(t, "login/apiproxy/root.xml", " ") }, []string{"login"}, nil, true, ""},
		"changes":                  {func(t *testing.T) { committed(t); appendTo(t, policy, " ") }, []string{"login"}, nil, false, "Issue.xml has changes that are not committed; --force changes it all the same"},
		"changes that are staged":  {func(t *testing.T) { committed(t); appendTo(t, policy, " "); git(t, "add", "-A") }, []string{"login"}, nil, false, "has changes that are not committed"},
		"untracked":                {func(t *testing.T) { git(t, "init", "-q"); git(t, "config", "status.showUntrackedFiles", "no") }, []string{"login"}, nil, false, "has changes that are not committed"},
		"a monitor that is a hook": {func(t *testing.T) { committed(t); git(t, "config", "core.fsmonitor", "touch monitored; false") }, []string{"login"}, nil, true, ""},
		"another GIT_DIR":          {func(t *testing.T) { committed(t); appendTo(t, policy, " ") }, []string{"login"}, []string{"GIT_DIR=/nowhere", "PATH=" + os.Getenv("PATH")}, false, "has changes that are not committed"},
		"a repository that is none": {func(t *testing.T) {
			if noGit != nil {
				t.Skip("no git here")
			}
			write(t, ".", map[string][]byte{".git": []byte("gitdir: /nowhere")})
		}, []string{"login"}, nil, false, "lies in a Git repository that cannot be asked about it"},
		"read-only": {func(t *testing.T) {
			if err := os.Chmod(policy, 0o440); err != nil {
				t.Fatal(err)
			}
		}, []string{"login"}, nil, false, "Issue.xml is read-only"},
		"UTF-16": {func(t *testing.T) {
			data := []byte{0xff, 0xfe}
			for _, c := range []byte(eternal) {
				data = append(data, c, 0)
			}
			write(t, ".", map[string][]byte{policy: data})
		}, []string{"login"}, nil, false, ""},
		"a linked file": {func(t *testing.T) {
			move(t, policy, "shared.xml")
			symlink(t, "../../../shared.xml", policy)
		}, []string{"."}, nil, false, "is reached through a symbolic link"},
		"a linked folder": {func(t *testing.T) {
			move(t, "login/apiproxy/policies", "policies-of-all")
			symlink(t, "../../policies-of-all", "login/apiproxy/policies")
		}, []string{"."}, nil, false, "is reached through a symbolic link"},
		"a zip": {func(t *testing.T) {
			pack(t, "login.zip", "login")
			if err := os.RemoveAll("login"); err != nil {
				t.Fatal(err)
			}
		}, []string{"login.zip"}, nil, false, "proxy login in login.zip is not changed: zips are left alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			bundleFolder(t, "login", "login", []byte(eternal))
			tt.prepare(t)
			before := ours(t)
			environ := tt.environ
			if environ == nil {
				environ = os.Environ()
			}
			status, stdout, stderr := fixes(t, environ, append(tt.args, "--rule", "RT201", "--write")...)
			checkClaims(t, stderr, tt.changed)
			if stdout != "" {
				t.Errorf("stdout is %q", stdout)
			}
			after := ours(t)
			if changed := !maps.Equal(before, after); changed != tt.changed {
				t.Errorf("changed is %v; stderr:\n%s", changed, stderr)
			}
			want := exitClean
			switch {
			case tt.want != "":
				want = exitFailed
			case !tt.changed: // it has no fix
				want = exitFindings
			}
			if status != want || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, want %d; stderr:\n%s", status, want, stderr)
			}
			if left, _ := filepath.Glob("login/apiproxy/policies/.apigee-audit-*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := os.Stat("monitored"); err == nil {
				t.Error("a hook of the repository has run")
			}
		})
	}
}

// checkClaims holds what a run says that it has mended against whether it has changed anything.
func checkClaims(t *testing.T, stderr string, changed bool) {
	t.Helper()
	for _, claim := range []string{"mends RT201", "1 finding, 1 mended, in 1 bundle", "wrote "} {
		if strings.Contains(stderr, claim) != changed {
			t.Errorf("changed is %v, and %q is said: %v; stderr:\n%s", changed, claim, !changed, stderr)
		}
	}
	if !changed && !strings.Contains(stderr, "stays RT201") {
		t.Errorf("nothing says that the finding stays; stderr:\n%s", stderr)
	}
}

// TestFixCountsWhatItHasWritten: of two bundles, one can be changed.
func TestFixCountsWhatItHasWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	bundleFolder(t, "login", "login", []byte(eternal))
	bundleFolder(t, "other", "other", []byte(eternal))
	if err := os.Chmod("other/apiproxy/policies/Issue.xml", 0o440); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := fixes(t, nil, ".", "--rule", "RT201", "--write")
	for _, want := range []string{
		"other/apiproxy/policies/Issue.xml is read-only", "wrote login/apiproxy/policies/Issue.xml", "mends RT201 (refresh-token-never-expires) in proxy login, ",
		"stays RT201 (refresh-token-never-expires) in other: its fix could not be written", "2 findings, 1 mended, in 1 bundle, 1 with a fix that could not be written",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not said", want)
		}
	}
	if status != exitFailed || strings.Contains(stderr, "mends RT201 (refresh-token-never-expires) in proxy other") || t.Failed() {
		t.Errorf("status %d, stderr:\n%s", status, stderr)
	}
}

// ours are the files of the working directory, but for Git's own.
func ours(t *testing.T) map[string]string {
	t.Helper()
	all := tree(t, ".")
	maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, ".git") })
	return all
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	data := append(must(os.ReadFile(name)), text...)
	if err := os.WriteFile(name, data, 0o640); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// pack makes a zip of a folder.
func pack(t *testing.T, name, folder string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFixChangesEveryCopy: copies that are byte for byte the same are one bundle, and stay one.
func TestFixChangesEveryCopy(t *testing.T) {
	t.Chdir(t.TempDir())
	bundleFolder(t, "a", "login", []byte(eternal))
	bundleFolder(t, "b/c", "login", []byte(eternal))
	pack(t, "login.zip", "a")
	status, diff, stderr := fixes(t, nil, ".", "-q", "--rule", "RT201")
	if status != exitFailed || !strings.Contains(stderr, "in login.zip is not changed") || strings.Count(diff, "+++ ") != 2 {
		t.Errorf("status %d, stderr:\n%s\n%s", status, stderr, diff)
	}
	if status, _, stderr = fixes(t, nil, ".", "-q", "--rule", "RT201", "--write"); status != exitFailed || !strings.Contains(stderr, "in login.zip is not changed") {
		t.Errorf("status %d, stderr:\n%s", status, stderr)
	}
	for _, dir := range []string{"a", "b/c"} {
		if data := must(os.ReadFile(dir + "/apiproxy/policies/Issue.xml")); !bytes.Contains(data, []byte(">2592000000<")) {
			t.Errorf("%s is not changed", dir)
		}
	}
}

// TestFixWritesWholeBundles: what --output writes of a folder, a flat one and a zip has every file of the bundle, as folder and as
// zip.
func TestFixWritesWholeBundles(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T){
		"a folder": func(t *testing.T) {},
		"a flat folder": func(t *testing.T) {
			move(t, "in/apiproxy", "in2")
			if err := os.Remove("in"); err != nil {
				t.Fatal(err)
			}
			move(t, "in2", "in")
			write(t, "in", map[string][]byte{"notes.txt": []byte("not the bundle's")})
		},
		"a zip": func(t *testing.T) { pack(t, "in.zip", "in"); move(t, "in", "elsewhere") },
		"a zip of several": func(t *testing.T) {
			bundleFolder(t, "all/x", "other", []byte(eternal))
			move(t, "in", "all/in")
			pack(t, "in.zip", "all")
			move(t, "all", "elsewhere")
		},
		"in another spelling": func(t *testing.T) { move(t, "in/apiproxy", "in/ApiProxy") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			bundleFolder(t, "in", "login", []byte(eternal))
			want := map[string]string{}
			for file, data := range tree(t, "in") {
				want[strings.TrimPrefix(file, "in/")] = strings.Replace(data, ">-1<", ">2592000000<", 1)
			}
			prepare(t)
			path := "in"
			if _, err := os.Stat("in.zip"); err == nil {
				path = "in.zip"
			}
			status, stdout, stderr := fixes(t, nil, path, "-q", "--rule", "RT201", "--proxy", "login", "-o", "out")
			if status != exitClean || stdout != "" {
				t.Fatalf("status %d, stdout %q, stderr:\n%s", status, stdout, stderr)
			}
			got := tree(t, "out/apis/login/apiproxy")
			packed := must(zip.OpenReader("out/apis/login/login.zip"))
			defer packed.Close()
			for _, f := range packed.File {
				data := must(fs.ReadFile(packed, f.Name))
				if got["out/apis/login/"+f.Name] != string(data) || want[f.Name] != string(data) {
					t.Errorf("%s in the zip is %q", f.Name, data)
				}
			}
			if len(packed.File) != len(want) || len(got) != len(want) {
				t.Errorf("%d files in the zip and %d in the folder, want %v", len(packed.File), len(got), slices.Sorted(maps.Keys(want)))
			}
			if diff := string(must(os.ReadFile("out/changes.diff"))); !strings.HasPrefix(diff, "--- a/apis/login/apiproxy/policies/Issue.xml\n") {
				t.Errorf("the diff is %q", diff)
			}
		})
	}
}

// TestFixAndHostileNames: what a bundle calls itself, and its files, can be anything.
func TestFixAndHostileNames(t *testing.T) {
	for _, name := range []string{"../../escaped", "a/b", "..", ".", `C:\x`, "con:aux"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			bundleFolder(t, "in", name, []byte(eternal))
			status, _, stderr := fixes(t, nil, "in", "-q", "--rule", "RT201", "-o", "out")
			if refused := strings.Contains(stderr, "cannot be part of a file name"); refused != (status == exitFailed) || strings.ContainsRune(stderr, 0x1b) {
				t.Errorf("status %d, stderr:\n%q", status, stderr)
			}
			for _, e := range must(os.ReadDir(dir)) {
				if e.Name() != "in" && e.Name() != "out" {
					t.Errorf("there is a folder %s", e.Name())
				}
			}
			if status == exitClean {
				if apis := must(os.ReadDir("out/apis")); len(apis) != 1 || strings.ContainsAny(apis[0].Name(), "/\\:\x1b") {
					t.Errorf("the folders are %v", apis)
				}
			}
		})
	}
	t.Chdir(t.TempDir())
	bundleFolder(t, "in", "login", []byte(eternal))
	odd := "in/apiproxy/policies/\x1b]0;owned\x07 \"x\".xml"
	move(t, "in/apiproxy/policies/Issue.xml", odd)
	status, diff, stderr := fixes(t, nil, "in", "--rule", "RT201")
	if status != exitClean || strings.ContainsRune(stderr+diff, 0x1b) || !strings.Contains(diff, `+++ "b/in/apiproxy/policies/\033]0;owned\007 \"x\".xml"`) {
		t.Errorf("status %d, stderr:\n%q\n%q", status, stderr, diff)
	}
	if status, _, stderr := fixes(t, nil, "in", "--rule", "RT201", "--write"); status != exitClean || strings.ContainsRune(stderr, 0x1b) {
		t.Errorf("status %d, stderr:\n%q", status, stderr)
	}
	if data := must(os.ReadFile(odd)); !bytes.Contains(data, []byte(">2592000000<")) {
		t.Errorf("not changed: %s", data)
	}
}
