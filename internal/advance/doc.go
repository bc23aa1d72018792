// Package advance is a client of ADVANCE.AI's H5 liveness detection API. It
// mints tokens, creates sessions, reads their results and erases their data.
//
// The package knows nothing of Terraform. A reference such as "API §6.2" in a
// comment is to that section of API.md.
//
// # Calls
//
// Every operation goes through [Client.do]: acquire a token and a turn of the
// rate limiter, send, read at most [MaxResponseBytes], classify the response,
// and retry where that can help. Every error of an operation is an [*Error].
//
// # Sessions and transactions
//
// [Client.GenerateURL] creates a session, which is known by its signature id.
// The API cannot list sessions, or find one by any other value, so a lost
// signature id is lost permanently. The transaction of a session is finished
// when [Result.Finished] reports so; only then can its data be erased.
package advance
