package advance

// Operation is the name of one of the API's operations: the last segment of
// its path (API §1).
type Operation string

// The operations of the API.
const (
	OpGenerateToken Operation = "generate-token"
	OpGenerateURL   Operation = "generate-liveness-detection-url"
	OpGetResult     Operation = "get-result"
	OpClearData     Operation = "clear-data"
)

// operation describes an operation to the call loop.
type operation struct {
	name Operation
	path string // appended to the endpoint (API §1)

	// idempotent reports whether a repeated call has no further effect. A call
	// that is not idempotent runs on until its response once it is sent, and
	// is retried only a few times when its outcome is unknown.
	idempotent bool

	// needsToken reports whether the call carries an access token. A call
	// without one carries the time and a signature instead (API §3.1).
	needsToken bool
}

// businessPath is the same on every host, with the literal segment "intl".
const businessPath = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"

var (
	generateToken = operation{name: OpGenerateToken, path: "/openapi/auth/ticket/v1/generate-token", idempotent: true}
	generateURL   = operation{name: OpGenerateURL, path: businessPath + "generate-liveness-detection-url", needsToken: true}
	getResult     = operation{name: OpGetResult, path: businessPath + "get-result", idempotent: true, needsToken: true}
	clearData     = operation{name: OpClearData, path: businessPath + "clear-data", idempotent: true, needsToken: true}
)
