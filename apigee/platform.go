package apigee

import (
	"slices"
	"time"
)

// Platform names one of the lines of Apigee, as --platform and reports spell it. Some elements mean different things on them:
// whoever needs to know which asks the platform's [Traits], never its name.
type Platform string

// The platforms an organization can live on.
const (
	PlatformX    Platform = "x"    // Apigee X and hybrid
	PlatformEdge Platform = "edge" // Apigee Edge for Public or Private Cloud
)

// Platforms lists all of them, the default first.
func Platforms() []Platform { return []Platform{PlatformX, PlatformEdge} }

// Known reports whether it is one of [Platforms].
func (p Platform) Known() bool { return slices.Contains(Platforms(), p) }

// Traits are what is true of a platform. Together with a client that speaks its management API they are all that a
// platform is.
type Traits struct {
	Title string // for people: "Apigee Edge"
	// DefaultEndpoint is the management API's base URL where no other is given.
	DefaultEndpoint string
	// CloudProvider is where it runs, as security events name providers.
	CloudProvider string
	// ReadRole is the role that an audit needs, in words that follow "grant".
	ReadRole string

	// MinAccess and MinRefresh are the shortest lifetimes that tokens can have; 0 where there is no minimum.
	MinAccess, MinRefresh time.Duration
	// RefreshWithoutLifetimeExpires reports whether a refresh token expires when the platform says, at the latest, even if no
	// policy sets a lifetime (no RefreshTokenExpiresIn) or sets none (-1). Elsewhere both live forever, as access tokens do with
	// ExpiresIn -1.
	RefreshWithoutLifetimeExpires bool
	// PurgeDelay is how long the record of two tokens is kept after both ended.
	PurgeDelay time.Duration
	// RevokesByManagementAPI reports whether operators can revoke tokens through the management API.
	RevokesByManagementAPI bool
	// AnalyticsMonths is for how many months analytics are kept; 0 where that depends on the organization's plan.
	AnalyticsMonths int
	// HasSpaces reports whether proxies can lie in Spaces, which accounts may not see.
	HasSpaces bool
	// ListsOrganizations reports whether the management API lists the organizations that credentials can see.
	ListsOrganizations bool
}

// Traits are those of the platform; an unknown one has the traits of the default.
func (p Platform) Traits() Traits {
	if p == PlatformEdge {
		return Traits{
			Title: "Apigee Edge", DefaultEndpoint: "https://api.enterprise.apigee.com", CloudProvider: "Apigee Edge",
			ReadRole: "the organization's role Read-Only Organization Administrator (readonlyadmin)",
			// On Public Cloud and, from 4.19.01, on Private Cloud. Source: discuss.google.dev/t/16009, which quotes the OAuthV2
			// policy's page.
			PurgeDelay:             3 * 24 * time.Hour,
			RevokesByManagementAPI: true,
			// Source: the OpenAPI document of Edge's stats, timeRange.
			AnalyticsMonths: 6,
		}
	}
	return Traits{
		Title: "Apigee X or hybrid", DefaultEndpoint: "https://apigee.googleapis.com", CloudProvider: "GCP", ReadRole: "roles/apigee.readOnlyAdmin on the project",
		// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits, "OAuth".
		MinAccess: 180 * time.Second, MinRefresh: 24 * time.Hour,
		RefreshWithoutLifetimeExpires: true,
		HasSpaces:                     true,
		ListsOrganizations:            true,
	}
}
