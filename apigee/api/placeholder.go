// Package api is a placeholder, dropped at the merge.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"apigee-audit/apigee"

	"golang.org/x/oauth2"
)

type Options struct {
	Organization, Endpoint, Location string
	Tokens                           oauth2.TokenSource
	Concurrency, Rate                int
	RequestTimeout                   time.Duration
	Limits                           apigee.Limits
	UserAgent                        string
	Logger                           *slog.Logger
}

type Client struct{ o Options }

func New(ctx context.Context, o Options) (*Client, error) { return &Client{o}, nil }
func (c *Client) Close() error                            { return nil }
func (c *Client) Organization(ctx context.Context) (*apigee.Organization, error) {
	req, _ := http.NewRequestWithContext(ctx, "GET", c.o.Endpoint+"/v1/organizations/"+c.o.Organization, nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		return nil, fmt.Errorf("organization %s not found or not visible (403): ask for roles/apigee.readOnlyAdmin", c.o.Organization)
	}
	b, _ := io.ReadAll(res.Body)
	var x struct{ Environments []string }
	if err := json.Unmarshal(b, &x); err != nil {
		return nil, err
	}
	return &apigee.Organization{Name: c.o.Organization, Platform: apigee.PlatformX, Environments: x.Environments}, nil
}
func (c *Client) Deployments(ctx context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	if c.o.Organization == "empty" {
		return nil, nil, nil
	}
	return []apigee.Deployment{{Environment: "prod", Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}}}, nil, nil
}
func (c *Client) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	return nil, nil
}
func (c *Client) Bundle(ctx context.Context, r apigee.Revision) (*apigee.Archive, error) {
	if c.o.Organization == "slow" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &apigee.Archive{}, nil
}

type Credentials struct {
	TokenFile   string
	Stdin       io.Reader
	Token       string
	Impersonate string
}

func (c Credentials) TokenSource(ctx context.Context) (oauth2.TokenSource, error) {
	if c.TokenFile != "" {
		return nil, errors.New("token file " + c.TokenFile)
	}
	if c.Token == "" && c.TokenFile == "" {
		return nil, errors.New("no credentials found: run `gcloud auth application-default login`, or give --token-file")
	}
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: c.Token}), nil
}
