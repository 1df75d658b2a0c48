// Package condition reads Apigee's condition language and decides what can be true at one point of a flow.
package condition
