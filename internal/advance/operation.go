package advance

// Paths of the operations (API §1). The business paths are the same on every
// host, with the literal segment "intl".
const (
	pathGenerateToken = "/openapi/auth/ticket/v1/generate-token" //nolint:gosec // a path, not a credential
	pathBusiness      = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"
	pathGenerateURL   = pathBusiness + "generate-liveness-detection-url"
	pathGetResult     = pathBusiness + "get-result"
	pathClearData     = pathBusiness + "clear-data"
)

// Operation names one of the API's four operations, by the last segment of its
// path (API §1).
type Operation string

// The operations of the API.
const (
	OpGenerateToken Operation = "generate-token"
	OpGenerateURL   Operation = "generate-liveness-detection-url"
	OpGetResult     Operation = "get-result"
	OpClearData     Operation = "clear-data"
)
