// Package httpapi is the HTTP edge: it decodes a request, makes one command or one query of it, and encodes the answer.
//
// routes.go is the index of the API, openapi.yaml its description, problem.go the only place where an error becomes a
// status. There is one file per resource. The package holds no rule of the contest (those are the aggregates') and no
// SQL; it must not import pgx, the event store or another handler.
//
// What every request goes through, in this order: CORS (cors.go), the router, and then serve.go: request id, security
// headers, deadline, the handler, the problem document when it refused, one log line and the figures. A handler checks
// in the contract's order: who asks (401), whether it is there (404), whether it is theirs (403), the rest (400).
package httpapi
