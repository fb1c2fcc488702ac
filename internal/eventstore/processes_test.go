package eventstore

const writerEnv = "EVENTSTORE_TEST_WRITER"

func writerMain() int { return 0 }
