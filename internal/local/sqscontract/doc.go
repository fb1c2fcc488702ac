// Package sqscontract holds one suite of what this project relies on in SQS, spoken through the AWS SDK and
// through Watermill, exactly as the application speaks. It has tests only.
//
// It runs against internal/local/loopsqs always, against moto's server when moto_server is on the PATH, and
// against SQS itself with SHOWCASE_TEST_SQS=aws and credentials in the environment. What one of them does
// differently is named, with the reason, where it is skipped. It must not test what only our server does;
// that is tested beside it.
package sqscontract
