package erase

import "github.com/advance-community/terraform-provider-advance/internal/advance"

// Origin is an endpoint and an account there: the ones that made a session, or
// the ones that ask for it.
type Origin struct {
	Endpoint string `json:"endpoint"`
	Account  string `json:"account,omitempty"` // a fingerprint, empty if the account is not known
}

// OriginOf returns the origin of a client's calls. The account is not known
// before the first call that needed a token.
func OriginOf(c *advance.Client) Origin {
	return Origin{Endpoint: c.Endpoint(), Account: c.Account()}
}

// Same reports whether two origins are known to be the same. An account that
// is not known equals nothing, not even itself.
func (o Origin) Same(other Origin) bool {
	return o.Account != "" && o == other
}

// SeenFrom returns the origin of a session after a SUCCESS of get-result proved
// that asked sees it too. An account that is not known replaces no known one.
func (o Origin) SeenFrom(asked Origin) Origin {
	if asked.Account == "" && o.Account != "" {
		return o
	}
	return asked
}
