package api

import "slices"

// The predefined roles of Google Cloud that hold what an audit needs. The first holds all but analytics.
const (
	readRole      = "roles/apigee.readOnlyAdmin"
	analyticsRole = "roles/apigee.analyticsViewer"
)

// The permissions of the calls that are made, by what they let an account read.
const (
	mayReadOrganization  = "apigee.organizations.get"
	mayReadEnvironment   = "apigee.environments.get"
	mayListDeployments   = "apigee.deployments.list"
	mayReadProxy         = "apigee.proxyrevisions.get"
	mayReadSharedFlow    = "apigee.sharedflowrevisions.get"
	mayReadFlowHook      = "apigee.flowhooks.getSharedFlow"
	mayReadAnalytics     = "apigee.environments.getStats"
	mayListGroups        = "apigee.envgroups.list"
	mayListAttachments   = "apigee.envgroupattachments.list"
	mayListProducts      = "apigee.apiproducts.list"
	mayListApps          = "apigee.apps.list"
	mayReadMask          = "apigee.maskconfigs.get"
	mayListOrganizations = "apigee.organizations.list"
	mayReadMapping       = "apigee.projectorganizations.get"
	mayListProxies       = "apigee.proxies.list"
	mayListSharedFlows   = "apigee.sharedflows.list"
)

// Permission is one that reading an organization on Apigee X or hybrid takes.
type Permission struct {
	Name string // in IAM
	Role string // a predefined role that has it
	// For is the flag without which it is not needed; "" for what every audit needs.
	For string
}

// Permissions are those that an audit needs, each with the flag that it is for. What an audit can do without is not among them:
// finding the location of an organization, and the second witness of the cache.
func Permissions() []Permission {
	return []Permission{
		{mayReadOrganization, readRole, ""},
		{mayReadEnvironment, readRole, ""},
		// No call is for these two: whether lists hold only the environments and deployments that they grant is not documented.
		{"apigee.environments.list", readRole, ""},
		{mayListDeployments, readRole, ""},
		{"apigee.deployments.get", readRole, ""},
		{mayReadProxy, readRole, ""},
		{mayReadSharedFlow, readRole, ""},
		{mayReadFlowHook, readRole, ""},
		{mayReadAnalytics, analyticsRole, "traffic"},
		{mayListGroups, readRole, "reach"},
		{mayListAttachments, readRole, "reach"},
		{mayListProducts, readRole, "reach"},
		{mayListApps, readRole, "apps"},
		{mayReadMask, readRole, "debug-masks"},
	}
}

// roleWith is a predefined role that has a permission.
func roleWith(permission string) string {
	all := Permissions()
	if i := slices.IndexFunc(all, func(p Permission) bool { return p.Name == permission }); i >= 0 {
		return all[i].Role
	}
	return readRole
}
