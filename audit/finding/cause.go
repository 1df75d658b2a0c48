package finding

// Cause is why a refresh policy cannot run, in a form that remedies and fixes are made from.
type Cause struct {
	Kind CauseKind `json:"kind"`
	// Policy is the refresh policy that cannot run.
	Policy Hop `json:"policy"`
	// At is what decides it: the element to look at first, and with most kinds the one to change.
	At Hop `json:"at"`
	// Other is the second party where it takes two: the flow that At shadows, or what holds the condition that At's
	// contradicts.
	Other *Hop `json:"other,omitempty"`
	// Further are those that decide it together with At, in the order of the file: flows that only together take every
	// request, steps that only together stop each.
	Further []Hop `json:"further,omitempty"`
	// Callout is the FlowCallout that does not lead to the shared flow of Policy; nil for other kinds.
	Callout *Hop `json:"callout,omitempty"`
	// CalloutKind is why Callout cannot run, where it cannot.
	CalloutKind CauseKind `json:"calloutKind,omitempty"`
}

// CauseKind is one way in which a policy can be dead. Newer versions may know more of them.
type CauseKind string

// The kinds of causes, and what At is.
const (
	// CauseDisabled: the policy has enabled="false". At is its root element.
	CauseDisabled CauseKind = "disabled"
	// CauseUnattached: no step names the policy. At is its root element.
	CauseUnattached CauseKind = "unattached"
	// CauseStray: the step that names the policy stands where Apigee looks for none. At is that step.
	CauseStray CauseKind = "stray-step"
	// CauseShadowed: a flow before the policy's takes every request that would get to it. At is the flow before, Other the
	// policy's.
	CauseShadowed CauseKind = "shadowed"
	// CauseShadowedTogether: several flows together do. At is the first of them, Further are the rest, Other is the policy's.
	CauseShadowedTogether CauseKind = "shadowed-together"
	// CauseNeverTrue: a condition is never true. At is the step, flow or fault rule that holds it.
	CauseNeverTrue CauseKind = "condition-never-true"
	// CauseContradiction: a condition contradicts one around it. At is the step or flow that holds the inner one, Other what
	// holds the outer one: a flow, a step that calls the shared flow, a fault rule or a route rule.
	CauseContradiction CauseKind = "conditions-contradict"
	// CauseRaiseFault: a RaiseFault in front stops every request. At is its step, Further are those of others that it needs.
	CauseRaiseFault CauseKind = "raise-fault-in-front"
	// CauseGrantRefused: an OAuthV2 policy in front faults on grants that it does not list. At is its step.
	CauseGrantRefused CauseKind = "grant-refused-in-front"
	// CauseWrongGrant: requests get to the policy, but none with grant type refresh_token. At is the step, flow or fault rule
	// whose condition keeps them away, or the policy's step where it is none of them alone.
	CauseWrongGrant CauseKind = "wrong-grant"
	// CauseNotDeployed: the shared flow that holds the policy is not deployed in the environment. At is the element of
	// Callout that names it.
	CauseNotDeployed CauseKind = "shared-flow-not-deployed"
	// CauseNotCalled: the shared flow is never called, because Callout cannot run. CalloutKind says why, and At, Other and
	// Further are what they are for that kind.
	CauseNotCalled CauseKind = "shared-flow-not-called"
	// CauseNoRoute: no route rule leads to the target endpoint that attaches the policy. At is the endpoint.
	CauseNoRoute CauseKind = "no-route"
	// CauseAfterResponse: the policy is attached where the response is sent already. At is its step.
	CauseAfterResponse CauseKind = "post-client-flow"
	// CauseUnreached: anything else. At is the closest that is known.
	CauseUnreached CauseKind = "unreached"
)
