package main

import (
	"maps"
	"slices"
	"strings"
)

// envPrefix starts the name of every environment variable that is ours.
const envPrefix = "APIGEE_AUDIT_"

// Variables that are no configuration keys.
const (
	envToken    = envPrefix + "TOKEN"     // an access token; a secret, so neither a flag nor a key
	envConfig   = envPrefix + "CONFIG"    // what --config names
	envNoConfig = envPrefix + "NO_CONFIG" // as --no-config

	// For Apigee Edge. Secrets as well, or with them.
	envUser     = envPrefix + "USER"
	envPassword = envPrefix + "PASSWORD"
	envMFA      = envPrefix + "MFA"
	envPasscode = envPrefix + "PASSCODE"
)

// environment is the environment variables by name. An empty variable counts as unset.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := environment{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			env[name] = value
		}
	}
	return env
}

// envName is the variable that sets a configuration key.
func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// keyed picks the variables that set one of the keys.
func (env environment) keyed(keys []string) map[string]any {
	values := map[string]any{}
	for _, key := range keys {
		if value, ok := env[envName(key)]; ok {
			values[key] = value
		}
	}
	return values
}

// unknown lists the variables with our prefix that mean nothing, each with the name that was probably meant.
func (env environment) unknown(keys []string) []string {
	known := []string{envToken, envConfig, envNoConfig, envUser, envPassword, envMFA, envPasscode}
	for _, key := range keys {
		known = append(known, envName(key))
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, envPrefix) && !slices.Contains(known, name) {
			all = append(all, name+didYouMean(name, known))
		}
	}
	return all
}
