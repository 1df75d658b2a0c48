package api

import "context"

// pace says when the next request may go, and gives way when the server says that they are too many.
type pace interface {
	// wait returns when the next request may go, with a ticket that says how often the pace had been cut by then.
	wait(ctx context.Context) (ticket int, err error)
	// slowDown cuts the pace after a refusal of the request with that ticket.
	slowDown(ticket int)
	// giveBack gives back a little of what was cut, after a request that was answered.
	giveBack()
}
