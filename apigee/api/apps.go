package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"apigee-audit/apigee"
)

// appList is as much of ListAppsResponse as is read. Credentials are asked not to be sent, and if they were they would
// not be decoded.
type appList struct {
	App []struct {
		AppID string `json:"appId"`
		Name  string `json:"name"`
	} `json:"app"`
	NextPageToken string `json:"nextPageToken"`
}

// Apps lists the apps that have a product, by their names alone.
func (c *Client) Apps(ctx context.Context, product string) ([]apigee.App, error) {
	call := operation{
		doing: "list the apps of API product " + quote(product), permission: "apigee.apps.list",
		missing: "the product does not exist any more, or is not visible to this account",
	}
	return pages(func(token string) ([]apigee.App, string, error) {
		answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*appList, error) {
			query := url.Values{
				"apiProduct": {product}, "expand": {"true"}, "includeCred": {"false"}, "pageSize": {strconv.Itoa(listPage)},
			}
			if token != "" {
				query.Set("pageToken", token)
			}
			response, err := c.conn.get(ctx, query, "apps")
			if err != nil {
				return nil, err
			}
			defer response.Body.Close()
			var list appList
			return &list, json.NewDecoder(response.Body).Decode(&list)
		})
		if err != nil {
			return nil, "", err
		}
		var apps []apigee.App
		for _, a := range answer.App {
			apps = append(apps, apigee.App{ID: a.AppID, Name: a.Name})
		}
		return apps, answer.NextPageToken, nil
	})
}
