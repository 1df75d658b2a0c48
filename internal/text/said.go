package text

// MostSaid is how much of a text from the server a message repeats.
const MostSaid = 300

// Said makes a text from the server fit for one line of a message.
func Said(s string) string { return Line(s, MostSaid) }

// QuoteSaid is clean with quotation marks.
func QuoteSaid(s string) string { return `"` + Said(s) + `"` }
