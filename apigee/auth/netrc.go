package auth

import "strings"

// netrcLogin finds what a .netrc file says for a machine, by that user where one is given. A default entry is not used:
// it was written for other machines than a management server. ok is false where nothing fits.
// Source: the manual pages netrc(5) and curl(1).
func netrcLogin(text, machine, user string) (login, password string, ok bool) {
	here, inMacro := false, false
	fits := func() bool { return here && login != "" && password != "" && (user == "" || user == login) }
	for line := range strings.Lines(text) {
		if inMacro { // a macro ends with an empty line
			inMacro = strings.TrimSpace(line) != ""
			continue
		}
		for word, rest := netrcWord(line); word != "" && word[0] != '#'; word, rest = netrcWord(rest) {
			value := ""
			switch word {
			case "machine", "default":
				if fits() {
					return login, password, true
				}
				if word == "machine" {
					value, rest = netrcWord(rest)
				}
				here, login, password = value != "" && strings.EqualFold(value, machine), "", ""
			case "login":
				login, rest = netrcWord(rest)
			case "password":
				password, rest = netrcWord(rest)
			case "account":
				_, rest = netrcWord(rest)
			case "macdef":
				inMacro, rest = true, ""
			}
		}
	}
	return login, password, fits()
}

// netrcWord takes the first word off a line. Quotation marks keep blanks, a backslash between them keeps the next
// character.
func netrcWord(line string) (word, rest string) {
	line = strings.TrimLeft(line, " \t\r\n")
	quoted, ok := strings.CutPrefix(line, `"`)
	if !ok {
		end := strings.IndexAny(line+"\n", " \t\r\n")
		return line[:end], line[end:]
	}
	var text strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == '"':
			return text.String(), quoted[i+1:]
		case c == '\\' && i+1 < len(quoted):
			i++
			text.WriteByte(quoted[i])
		default:
			text.WriteByte(c)
		}
	}
	return strings.TrimRight(text.String(), "\r\n"), ""
}
