// Package projections is the home of the read models, one package each below it. A projection folds facts into its own
// tables and answers queries from them; it never imports another, nor an aggregate.
//
// Its fold is a function of the facts and their order alone: any batching, redelivery or replay gives the same tables.
package projections
