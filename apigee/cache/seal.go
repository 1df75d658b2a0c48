package cache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// seal signs what an entry says of itself, the digest of its zip included. Without a key it has none.
func (e *entry) seal(key []byte) error {
	e.Seal = ""
	if key == nil {
		return nil
	}
	said, err := json.Marshal(e)
	if err != nil {
		return err
	}
	e.Seal = sealOf(key, said)
	return nil
}

// sealedWith reports whether whoever wrote an entry had the key. An older entry in the place of a newer one has a right seal
// too; whether it still counts is decided as for any other.
func (e *entry) sealedWith(key []byte) bool {
	unsealed := *e
	unsealed.Seal = ""
	said, err := json.Marshal(&unsealed)
	return err == nil && hmac.Equal([]byte(e.Seal), []byte(sealOf(key, said)))
}

func sealOf(key, said []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("apigee-audit cache entry\n"))
	mac.Write(said)
	return hex.EncodeToString(mac.Sum(nil))
}
