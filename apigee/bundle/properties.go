package bundle

import (
	"errors"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"

	"apigee-audit/internal/text"
)

// maxPropertySet is far above Apigee's limit of 110 KB for a property set file.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
const maxPropertySet = 1 << 20

// PropertySetName is the name of the property set that a bundle's file holds; ok is false for other files.
func PropertySetName(file string) (name string, ok bool) {
	dir, base := path.Split(file)
	name, ok = strings.CutSuffix(base, ".properties")
	return name, ok && name != "" && strings.HasSuffix("/"+dir, "/resources/properties/")
}

// isPropertySet reports whether a file is a property set, by its name inside the root folder.
func isPropertySet(inner string) bool {
	_, ok := PropertySetName(inner)
	return ok && strings.Count(inner, "/") == 2
}

// ParseProperties reads a Java properties file, which is what property sets are written in. Keys and values with
// characters beyond ASCII that are not escaped are left out: Java takes them as ISO 8859-1, and whether Apigee does is not
// documented. The error is for files that Java refuses.
// Source: docs.oracle.com/javase/8/docs/api/java/util/Properties.html, load(Reader).
func ParseProperties(data []byte) (map[string]string, error) {
	if len(data) > maxPropertySet {
		return nil, errors.New("larger than " + text.Bytes(maxPropertySet))
	}
	out := map[string]string{}
	lines := propertyLines(string(data))
	for len(lines) > 0 {
		line := strings.TrimLeft(lines[0], propertyBlanks)
		lines = lines[1:]
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		var logical strings.Builder
		for continues(line) && len(lines) > 0 {
			logical.WriteString(line[:len(line)-1])
			line = strings.TrimLeft(lines[0], propertyBlanks)
			lines = lines[1:]
		}
		if continues(line) { // at the end of the file
			line = line[:len(line)-1]
		}
		logical.WriteString(line)
		if err := addProperty(out, logical.String()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// propertyBlanks are the white space of properties files.
const propertyBlanks = " \t\f"

// propertyLines cuts at line feeds, carriage returns and pairs of them.
func propertyLines(text string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// continues reports whether the next line belongs to this one: it ends in an odd number of backslashes.
func continues(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

func addProperty(out map[string]string, line string) error {
	end := 0
	for end < len(line) && strings.IndexByte("=:"+propertyBlanks, line[end]) < 0 {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := strings.TrimLeft(line[end:], propertyBlanks)
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], propertyBlanks)
	}
	key, err := unescapeProperty(line[:end])
	if err != nil {
		return err
	}
	value, err := unescapeProperty(rest)
	if err != nil {
		return err
	}
	if isASCII(line[:end]) {
		delete(out, key) // the last one of a key counts, whether or not it is understood
		if isASCII(rest) {
			out[key] = value
		}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// unescapeProperty resolves backslashes. Escapes of the halves of a surrogate pair make one character.
func unescapeProperty(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	var units []uint16 // of escapes that stand side by side
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = nil
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			flush()
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' {
			if i+4 >= len(s) {
				return "", errors.New(`\u without four hexadecimal digits`)
			}
			unit, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
			if err != nil {
				return "", errors.New(`\u without four hexadecimal digits`)
			}
			units = append(units, uint16(unit))
			i += 4
			continue
		}
		flush()
		if control := strings.IndexByte("tnrf", s[i]); control >= 0 {
			b.WriteByte("\t\n\r\f"[control])
		} else {
			b.WriteByte(s[i])
		}
	}
	flush()
	return b.String(), nil
}
