package api

import (
	"context"
	"net/url"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// Apps lists the apps that have a product, by their names alone. Credentials are asked not to be sent, and if they were
// they would not be decoded.
func (c *X) Apps(ctx context.Context, product string) ([]apigee.App, error) {
	return pages(ctx, c.conn, c.askApps(product), page[apigee.App]{key: "app", read: readApp})
}

func (c *X) askApps(product string) question {
	return question{
		path:  c.conn.below("apps"),
		query: url.Values{"apiProduct": {product}, "expand": {"true"}, "includeCred": {"false"}},
		operation: operation{
			doing: "list the apps of API product " + text.QuoteSaid(product), permission: mayListApps,
			missing: "the product no longer exists, or is not visible to this account",
		},
	}
}

func readApp(r *reader) (apigee.App, error) {
	var app struct {
		AppID string `json:"appId"`
		Name  string `json:"name"`
	}
	if err := r.value(&app); err != nil {
		return apigee.App{}, err
	}
	if app.AppID == "" && app.Name == "" {
		return apigee.App{}, &contentError{"one of the apps has neither an id nor a name"}
	}
	return apigee.App{ID: app.AppID, Name: app.Name}, nil
}
