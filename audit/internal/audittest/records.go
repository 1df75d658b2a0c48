package audittest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

// recorded is what a fixture's organization knows in addition to its bundles; it makes the organization an evidence source.
type recorded struct {
	traffic  []trafficLine
	products []apigee.Product
	groups   []apigee.EnvironmentGroup
	masks    map[string]*apigee.DebugMask
}

// trafficLine counts calls with the dimensions they have.
type trafficLine struct {
	environment string
	dimensions  map[string]string
	calls       int64
}

// read takes a line of a fixture's settings; false when it is none of these:
//
//	traffic: <environment> <calls> <dimension>=<value> …
//	product: <name> <environment>[,…] <proxy>[,…] or * for one that names none
//	group: <name> <environment>[,…] <host>[,…]
//	mask: <environment> [variable=<name>|response=<JSON path>] …
func (r *recorded) read(t *testing.T, key, value string) bool {
	t.Helper()
	part := strings.Fields(value)
	if len(part) == 0 {
		return false
	}
	switch key {
	case "traffic":
		n, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		line := trafficLine{environment: part[0], calls: n, dimensions: map[string]string{}}
		for _, p := range part[2:] {
			dimension, value, _ := strings.Cut(p, "=")
			line.dimensions[dimension] = value
		}
		r.traffic = append(r.traffic, line)
	case "product":
		p := apigee.Product{Name: part[0], Environments: strings.Split(part[1], ",")}
		if part[2] != "*" {
			p.Proxies = strings.Split(part[2], ",")
		}
		r.products = append(r.products, p)
	case "group":
		r.groups = append(r.groups, apigee.EnvironmentGroup{Name: part[0], Environments: strings.Split(part[1], ","), Hostnames: strings.Split(part[2], ",")})
	case "mask":
		if r.masks == nil {
			r.masks = map[string]*apigee.DebugMask{}
		}
		m := &apigee.DebugMask{}
		for _, p := range part[1:] {
			what, value, _ := strings.Cut(p, "=")
			if what == "variable" {
				m.Variables = append(m.Variables, value)
			} else {
				m.ResponseJSONPaths = append(m.ResponseJSONPaths, value)
			}
		}
		r.masks[part[0]] = m
	default:
		return false
	}
	return true
}

func (r *recorded) Traffic(_ context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	out := &apigee.Traffic{}
	for _, line := range r.traffic {
		if line.environment != q.Environment || len(q.Proxies) > 0 && !slices.Contains(q.Proxies, line.dimensions[apigee.DimensionProxy]) {
			continue
		}
		var values []string
		for _, d := range q.Dimensions {
			v, ok := line.dimensions[d]
			if !ok {
				v = apigee.NotSet
			}
			values = append(values, v)
		}
		out.Rows = append(out.Rows, apigee.TrafficRow{Values: values, Calls: line.calls})
	}
	return out, nil
}

func (r *recorded) DebugMask(_ context.Context, environment string) (*apigee.DebugMask, error) {
	if m := r.masks[environment]; m != nil {
		return m, nil
	}
	return nil, errors.New("no mask in the fixture")
}

func (r *recorded) EnvironmentGroups(context.Context) ([]apigee.EnvironmentGroup, error) {
	return r.groups, nil
}

func (r *recorded) Products(context.Context) ([]apigee.Product, error) { return r.products, nil }

func (r *recorded) Apps(context.Context, string) ([]apigee.App, error) { return nil, nil }
