// Package advance is a client of ADVANCE.AI's H5 liveness detection API: it
// mints tokens, creates sessions, reads their results and erases their data.
//
// The package knows nothing of Terraform. Section numbers in its comments
// ("API §6.2") are those of the API reference that the project was written
// from, which gathers the vendor's pages in one place.
//
// # Calls
//
// Every operation goes through one function, [Client.do], which does in
// this order: take a token, wait for one's turn, send, read at most
// [MaxResponseBytes], decode the envelope, decide what it means, and retry where
// that can help. All failures are of type [*Error].
//
// # Sessions, transactions and finality
//
// A session is made by [Client.GenerateURL] and known by its signature id. The
// API cannot list sessions or look one up by any other value, so a lost
// signature id is lost for good. A session's transaction is finished when
// [Result.Finished] says so; only then can its data be erased.
package advance
