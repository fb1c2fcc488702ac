package loopsqs

import (
	"fmt"
	"net/http"
)

// apiError is a refusal in the protocol's form: a shape name for JSON clients and, in a header, the code
// of the older query protocol, which the SDKs prefer when it is there.
type apiError struct {
	shape   string
	query   string
	message string
	status  int
}

func (e *apiError) Error() string { return e.query + ": " + e.message }

func sqsError(shape, query, format string, args ...any) *apiError {
	return &apiError{
		shape:   "com.amazonaws.sqs#" + shape,
		query:   query,
		message: fmt.Sprintf(format, args...),
		status:  http.StatusBadRequest,
	}
}

var (
	errNoQueue       = sqsError("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	errBadHandle     = sqsError("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	errNotInFlight   = sqsError("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", "The message referred to is not in flight.")
	errEmptyBatch    = sqsError("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one entry in the request.")
	errTooManyQueues = sqsError("OverLimit", "OverLimit", "This server holds at most %d queues.", maxQueues)
	errFull          = sqsError("OverLimit", "OverLimit", "This server holds at most %d messages in a queue and %d bytes in all.", maxQueueMessages, maxStoredBytes)
	errInFlightFull  = sqsError("OverLimit", "OverLimit", "There are at most %d messages in flight in a queue.", maxInFlight)
	errBatchTooLong  = sqsError("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
		"Batch requests cannot be longer than %d bytes.", maxMessageBytes)
)

func errMissing(parameter string) *apiError {
	return sqsError("MissingRequiredParameterException", "MissingParameter", "The request must contain the parameter %s.", parameter)
}

func errValue(format string, args ...any) *apiError {
	return sqsError("InvalidParameterValueException", "InvalidParameterValue", format, args...)
}

func errRange(parameter string, value, least, most int) *apiError {
	return errValue("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.",
		value, parameter, least, most)
}
