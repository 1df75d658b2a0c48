package finding

import "time"

// Calls counts calls, and how many of them were answered with a status of 200 to 299.
type Calls struct {
	Calls     int64 `json:"calls"`
	Successes int64 `json:"successes"`
}

// Add counts calls that were answered with a status.
func (c *Calls) Add(n int64, status string) {
	c.Calls += n
	if len(status) == 3 && status[0] == '2' {
		c.Successes += n
	}
}

// Join adds other calls to these.
func (c *Calls) Join(other Calls) {
	c.Calls += other.Calls
	c.Successes += other.Successes
}

// Traffic is what analytics tell of the place that a finding is about, in all its environments together.
type Traffic struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Calls that may have passed the place: those on the paths and verbs that lead to it.
	Calls
	// ProxyCalls are all calls to the proxies through which it is reached.
	ProxyCalls int64 `json:"proxyCalls"`
	// StoredTokens is how many refresh tokens of these proxies are stored at most.
	StoredTokens int64 `json:"storedTokens,omitempty"`
	// Note says it in words.
	Note string `json:"note"`
}

// Rank orders findings of one severity: by calls, then those without numbers, then those on proxies that nobody calls.
func (t *Traffic) Rank() int64 {
	switch {
	case t == nil:
		return 0
	case t.ProxyCalls == 0:
		return -1
	}
	return t.Calls.Calls
}

// StoredTokens is the upper bound of the refresh tokens that an organization keeps at a time if the window's pace holds,
// with the arithmetic and all that it takes for granted.
type StoredTokens struct {
	Organization string    `json:"organization"`
	From         time.Time `json:"from"`
	To           time.Time `json:"to"`
	// IssuedPerDay is the number of tokens issued a day, all proxies together.
	IssuedPerDay float64 `json:"issuedPerDay"`
	// UpperBound is how many are stored at most, of the proxies whose tokens end.
	UpperBound int64 `json:"upperBound"`
	// NeverRefreshed is the part of UpperBound from proxies that the audit says have no working refresh flow.
	NeverRefreshed int64 `json:"neverRefreshed"`
	// Unbounded reports whether some proxy's tokens never end, so that no number is an upper bound.
	Unbounded   bool          `json:"unbounded"`
	Proxies     []ProxyTokens `json:"proxies"`
	Assumptions []string      `json:"assumptions"`
}

// ProxyTokens is the same for one proxy in one environment.
type ProxyTokens struct {
	Environment string `json:"environment"`
	Name        string `json:"name"`
	// Calls are the successful calls in the window that may have issued a refresh token.
	Calls        int64   `json:"calls"`
	IssuedPerDay float64 `json:"issuedPerDay"`
	// KeptDays is how long a token stays in the store; 0 when it never goes.
	KeptDays     float64 `json:"keptDays"`
	NeverExpires bool    `json:"neverExpires"`
	// UpperBound is how many of its tokens are stored at most; 0 when NeverExpires.
	UpperBound int64 `json:"upperBound"`
	Refreshed  bool  `json:"refreshed"` // a refresh operation is reachable in the proxy
	// Arithmetic shows the sum, and Assumptions what it takes for granted about this proxy alone.
	Arithmetic  string   `json:"arithmetic"`
	Assumptions []string `json:"assumptions"`
}
