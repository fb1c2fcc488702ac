// Package drain lets a worker leave an Auto Scaling group without losing what it is at.
//
// While a job runs the instance is protected from scale-in, and for a while after it, so that a busy worker does not ask
// Auto Scaling twice for each job. An instance that is to go all the same, such as for a release, is held by a lifecycle
// hook; the worker sees that in the instance's metadata, takes no more jobs, ends those that run, says so and waits for
// the end of the machine.
//
//	in service      jobs are taken                       protected while one runs, and Quiet after it
//	  │ target state Terminated
//	draining        no job is taken, running ones end    a sign of life every Heartbeat, so that the hook waits
//	  │ the last job has ended
//	leaving         the lifecycle action is completed    a worker that is started again takes no job
//
// What fails:
//
//	Auto Scaling does not answer    the job goes on; asked again after a pause. The hook still holds the instance
//	the metadata do not answer      at the start no job is taken until they do; later nothing is known, and the worker works on
//	the worker is killed            the job's lease brings it to another one; protection is set right at the next start
//	the worker is told to stop      as draining, for as long as it may; protection is taken back at the end
//
// The package must not know what a job is.
package drain
