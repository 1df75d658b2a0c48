package inflate

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// packed is DEFLATE data of what compress/flate is given.
func packed(t testing.TB, level int, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// samples are contents whose blocks differ: literals alone, long repetitions, all bytes, codes of every length.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise, skewed := make([]byte, 100_000), make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 6)
	}
	var policies strings.Builder
	for i := range 2000 {
		policies.WriteString("<Step><Name>AM-" + strings.Repeat("x", i%7) + "</Name><Condition>a.b = \"" + string(rune('a'+i%26)) + "\"</Condition></Step>\n")
	}
	return map[string][]byte{
		"nothing": {}, "one byte": []byte("a"), "one byte again and again": bytes.Repeat([]byte("a"), 70_000), "a policy": []byte(`<OAuthV2 name="A"/>`),
		"an endpoint": []byte(policies.String()), "noise": noise, "skewed": skewed, "far apart": append(append(bytes.Clone(noise[:32_000]), skewed...), noise[:32_000]...),
	}
}

var levels = []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.BestCompression}

func TestUnpack(t *testing.T) {
	d := new(Decoder) // one for all: what one left behind must not show in the next
	for name, want := range samples() {
		for _, level := range levels {
			src := packed(t, level, want)
			got := make([]byte, len(want))
			if !d.Unpack(got, append(bytes.Clone(src), "behind it"...)) || !bytes.Equal(got, want) {
				t.Errorf("%s, level %d: not what was packed", name, level)
			}
			if d.Unpack(make([]byte, len(want)+1), src) {
				t.Errorf("%s, level %d: filled a byte too much", name, level)
			}
			if len(want) > 0 && d.Unpack(make([]byte, len(want)-1), src) {
				t.Errorf("%s, level %d: left a byte out", name, level)
			}
			for _, cut := range []int{1, 2, 4, 9, len(src) / 2, len(src)} {
				if cut <= len(src) && d.Unpack(got, src[:len(src)-cut]) {
					t.Errorf("%s, level %d: took data for whole that lacks its last %d bytes", name, level, cut)
				}
			}
		}
	}
}

// agree holds a decoder against compress/flate.
func agree(t *testing.T, d *Decoder, src []byte) {
	t.Helper()
	const most = 1 << 20
	want, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(src)), most))
	if len(want) == most {
		return
	}
	got := make([]byte, len(want))
	switch ok := d.Unpack(got, src); {
	case ok != (err == nil):
		t.Fatalf("% x: unpacked %v, error of compress/flate: %v", src, ok, err)
	case ok && !bytes.Equal(got, want):
		t.Fatalf("% x: got %q, want %q", src, got, want)
	}
}

// TestDamagedData changes single bits, so that codes come apart, repeat and point nowhere.
func TestDamagedData(t *testing.T) {
	d := new(Decoder)
	for _, want := range samples() {
		want = want[:min(len(want), 3000)]
		for _, level := range levels {
			src := packed(t, level, want)
			for bit := range min(len(src), 200) * 8 {
				damaged := bytes.Clone(src)
				damaged[bit/8] ^= 1 << (bit % 8)
				agree(t, d, damaged)
			}
		}
	}
}

// TestHandmadeBlocks has what compress/flate never writes and yet reads.
func TestHandmadeBlocks(t *testing.T) {
	for name, bits := range map[string]string{
		"a fixed block":                          "1 10 " + "00110000 01111111 0000000",
		"a fixed block with a code of no length": "1 10 " + "11000110 0000000",
		"a fixed block with code 30 of distance": "1 10 " + "00110000 0000001 11110 0000000",
		"a distance before the beginning":        "1 10 " + "00110000 0000001 00001 0000000",
		"a distance to the beginning":            "1 10 " + "00110000 0000001 00000 0000000",
		"a block of the third kind":              "1 11",
		"no last block":                          "0 10 0000000",
		"two blocks":                             "0 10 00110000 0000000 1 10 00110001 0000000",
		"more codes than there are":              "1 01 11111 00000 0000",
		"more distances than there are":          "1 01 00000 11111 0000",
		// The code for lengths has 0 (18: many) and 1 alone: one literal, and the end, of one bit each, and no distance.
		"literals without a distance": "1 01 00000 00000 0111 " + "000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100",
	} {
		t.Run(name, func(t *testing.T) {
			agree(t, new(Decoder), fromBits(bits))
		})
	}
}

// fromBits packs bits in their order, the first one lowest.
func fromBits(bits string) []byte {
	var out []byte
	n := 0
	for _, b := range strings.ReplaceAll(bits, " ", "") {
		if n%8 == 0 {
			out = append(out, 0)
		}
		out[n/8] |= byte(b-'0') << (n % 8)
		n++
	}
	return out
}

func FuzzUnpack(f *testing.F) {
	for _, data := range samples() {
		for _, level := range levels {
			f.Add(packed(f, level, data[:min(len(data), 2000)]))
		}
	}
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, src []byte) { agree(t, d, src) })
}

// BenchmarkPolicies unpacks what a bundle is made of, beside compress/flate.
func BenchmarkPolicies(b *testing.B) {
	want := []byte(strings.Repeat(" ", 4) + `<AssignMessage async="false" continueOnError="false" enabled="true" name="AM-Set"><DisplayName>AM-Set</DisplayName><Set><Headers>` +
		`<Header name="X-Request-Id">{messageid}</Header></Headers><Payload contentType="application/json">{"id": "{messageid}", "status": "accepted"}` +
		`</Payload></Set><IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables><AssignTo createNew="false" transport="http" type="request"/></AssignMessage>`)
	src, got := packed(b, flate.DefaultCompression, want), make([]byte, len(want))
	b.Run("in memory", func(b *testing.B) {
		d := new(Decoder)
		for b.Loop() {
			if !d.Unpack(got, src) {
				b.Fatal("not unpacked")
			}
		}
	})
	b.Run("compress flate", func(b *testing.B) {
		r := flate.NewReader(nil)
		for b.Loop() {
			err := r.(flate.Resetter).Reset(bytes.NewReader(src), nil)
			if err == nil {
				_, err = io.ReadFull(r, got)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
