module apigee-audit

go 1.26.0
