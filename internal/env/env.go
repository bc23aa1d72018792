// Package env resolves the settings that can come from the environment, for the
// provider and for the programs beside it.
package env

import (
	"fmt"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// The environment variables.
const (
	AccessKey     = "ADVANCE_ACCESS_KEY"
	SecretKey     = "ADVANCE_SECRET_KEY"
	AccessToken   = "ADVANCE_ACCESS_TOKEN"
	Endpoint      = "ADVANCE_ENDPOINT"
	TokenEndpoint = "ADVANCE_TOKEN_ENDPOINT"
	AuditLog      = "ADVANCE_AUDIT_LOG"
)

// A Problem is a setting that is missing or cannot be used. It shows no value.
type Problem struct {
	Argument string // the provider's argument that it is about
	Summary  string
	Detail   string
	InBlock  string // the arguments that the provider block can have instead, if one is missing
}

// Credentials fills what given leaves out from the environment: the key pair
// before the token, because a key pair can mint a new token. Half a key pair is
// a problem even beside a token of the environment: it was meant to be used. A
// given token is used as it is.
func Credentials(given advance.Credentials, getenv func(string) string) (advance.Credentials, []Problem) {
	if given.AccessToken != "" {
		return advance.Credentials{AccessToken: given.AccessToken}, nil
	}
	var problems []Problem
	resolve := func(value, variable, argument string) string {
		v, problem := fill(value, variable, argument, CheckCredential, getenv)
		problems = append(problems, problem...)
		return v
	}
	accessKey := resolve(given.AccessKey, AccessKey, "access_key")
	secretKey := resolve(given.SecretKey, SecretKey, "secret_key")
	switch {
	case problems != nil:
		return advance.Credentials{}, problems // A value that was refused is not missing.
	case accessKey != "" && secretKey != "":
		return advance.Credentials{AccessKey: accessKey, SecretKey: secretKey}, nil
	case accessKey != "":
		return advance.Credentials{}, []Problem{missing("secret_key", SecretKey, "access_key")}
	case secretKey != "":
		return advance.Credentials{}, []Problem{missing("access_key", AccessKey, "secret_key")}
	}
	token := resolve("", AccessToken, "access_token")
	if token == "" && problems == nil {
		problems = []Problem{{
			Argument: "access_key",
			Summary:  "Missing Credentials",
			Detail: fmt.Sprintf("There are no credentials for the ADVANCE.AI API. Set the environment variables %s and %s, or %s for a token from elsewhere.",
				AccessKey, SecretKey, AccessToken),
			InBlock: "access_key and secret_key, or access_token,",
		}}
	}
	return advance.Credentials{AccessToken: token}, problems
}

func missing(argument, variable, given string) Problem {
	return Problem{
		Argument: argument,
		Summary:  "Missing Credentials",
		Detail:   fmt.Sprintf("There is %s but no %s, and one is of no use without the other. Set the environment variable %s.", given, argument, variable),
		InBlock:  argument,
	}
}

// Endpoints returns the endpoints of the API and of its tokens: what is given or,
// where that is empty, the environment's. The token endpoint may be empty.
func Endpoints(givenAPI, givenToken string, getenv func(string) string) (api, token string, problems []Problem) {
	api, problems = fill(givenAPI, Endpoint, "endpoint", CheckEndpoint, getenv)
	token, more := fill(givenToken, TokenEndpoint, "token_endpoint", CheckEndpoint, getenv)
	if api == "" {
		api = advance.DefaultEndpoint
	}
	return api, token, append(problems, more...)
}

// fill returns the value or, where that is empty, the environment's, which
// nothing has checked yet.
func fill(value, variable, argument string, check func(string) error, getenv func(string) string) (string, []Problem) {
	if value != "" {
		return value, nil
	}
	v := getenv(variable)
	if v == "" {
		return "", nil
	}
	if err := check(v); err != nil {
		return "", []Problem{{
			Argument: argument,
			Summary:  "Invalid Environment Variable",
			Detail:   fmt.Sprintf("The environment variable %s %s.", variable, err),
		}}
	}
	return v, nil
}
