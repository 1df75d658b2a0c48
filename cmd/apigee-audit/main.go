// Command apigee-audit finds refresh tokens that are issued and never used.
package main

func main() {}
