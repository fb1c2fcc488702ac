package pgserver

// canDropUser: an open directory can be handed to a child as /proc/self/fd/N, which the child may enter
// even when it may not enter the directories above. A clone below /root or in a fresh temporary directory
// (0700) therefore works as root without opening those directories to others.
const canDropUser = true

const inheritedDir = "/proc/self/fd/3"

const inheritedFile = "/proc/self/fd/4"
