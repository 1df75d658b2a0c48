package simulator_test

import (
	"bytes"
	"slices"
	"testing"

	"apigee-audit/apigee/simulator"
)

// TestZipsAreAlwaysTheSame: whatever was packed before, as the tables for it are used again.
func TestZipsAreAlwaysTheSame(t *testing.T) {
	var all []simulator.Bundle
	for _, o := range simulator.Demo() {
		all = append(all, o.Bundles...)
	}
	pack := func(b simulator.Bundle) []byte {
		packed, err := b.Zip()
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	var forwards [][]byte
	for _, b := range all {
		forwards = append(forwards, pack(b))
	}
	for i, b := range slices.Backward(all) {
		if !bytes.Equal(pack(b), forwards[i]) {
			t.Errorf("%s is packed in another way", b.Revision)
		}
	}
}
