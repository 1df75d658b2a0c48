package cli

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxCommand bounds what a report says of the command line, in bytes.
const maxCommand = 2000

// withheld stands for what may be a secret.
const withheld = "..."

// plainWord needs no quotation marks in a shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./{}-]+$`)

// commandLine is the command line as a report may show it: credentials are named by files, but somebody may have given
// the token itself instead, or a password in a URL.
func commandLine(args []string) string {
	words := []string{toolName}
	secret := false
	for _, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		names := slices.Contains([]string{"--token-file", "--credentials"}, name)
		switch {
		case secret && arg != "-":
			arg = withheld
		case names && joined:
			arg = name + "=" + withheld
		case joined && strings.HasPrefix(name, "-"):
			arg = name + "=" + withoutUser(value)
		default:
			arg = withoutUser(arg)
		}
		secret = names && !joined
		words = append(words, quoted(arg))
	}
	line := strings.Join(words, " ")
	if len(line) > maxCommand {
		line = strings.ToValidUTF8(line[:maxCommand], "") + " " + withheld
	}
	return line
}

// withoutUser leaves user, password and query out of a URL, and other words as they are.
func withoutUser(word string) string {
	if !strings.Contains(word, "://") {
		return word
	}
	u, err := url.Parse(word)
	if err != nil {
		return withheld
	}
	if u.User != nil {
		u.User = url.User("user")
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
