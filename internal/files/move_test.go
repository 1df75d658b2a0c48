package files

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestMoveNewTakesNoPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("new", "new")
	write("mine", "mine")
	if err := MoveNew("new", "mine"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if text, err := os.ReadFile("mine"); err != nil || string(text) != "mine" {
		t.Errorf("what was there is now %q, %v", text, err)
	}
	if err := os.Symlink("nowhere", "link"); err == nil {
		if err := MoveNew("new", "link"); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a link to nothing: %v", err)
		}
	}
	if err := MoveNew("new", "free"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("free"); err != nil || string(text) != "new" {
		t.Errorf("the file is %q, %v", text, err)
	}
	if err := Absent("new"); err != nil {
		t.Errorf("the temporary name is left: %v", err)
	}
}
