/**
 * The system calls that container engines allow by default, in groups. Calls that change the machine
 * (modules, clocks, swap, reboot) or inspect the kernel (bpf, perf_event_open, userfaultfd), io_uring and
 * keyrings are absent. https://docs.docker.com/engine/security/seccomp/,
 * https://man7.org/linux/man-pages/man2/syscalls.2.html
 */
export const DEFAULT_SYSTEM_CALLS: Readonly<Record<string, string>> = {
  "open and close":
    "open openat openat2 creat close close_range dup dup2 dup3 fcntl flock memfd_create memfd_secret " +
    "name_to_handle_at pipe pipe2",
  "read and write":
    "read pread64 readv preadv preadv2 write pwrite64 writev pwritev pwritev2 lseek sendfile splice tee " +
    "vmsplice copy_file_range readahead fadvise64 arm_fadvise64_64 fallocate truncate ftruncate sync " +
    "syncfs fsync fdatasync sync_file_range cachestat ioctl",
  "file names":
    "access faccessat faccessat2 chdir fchdir getcwd getdents getdents64 link linkat mkdir mkdirat mknod " +
    "mknodat readlink readlinkat rename renameat renameat2 rmdir symlink symlinkat unlink unlinkat umask " +
    "chroot",
  "file metadata":
    "stat fstat lstat newfstatat statx statfs fstatfs chmod fchmod fchmodat fchmodat2 chown fchown lchown " +
    "fchownat utime utimes utimensat futimesat getxattr lgetxattr fgetxattr listxattr llistxattr " +
    "flistxattr setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr",
  "file events":
    "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 " +
    "eventfd eventfd2 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark " +
    "io_setup io_submit io_getevents io_pgetevents io_cancel io_destroy",
  memory:
    "brk mmap mremap munmap mprotect pkey_alloc pkey_free pkey_mprotect madvise process_madvise mincore " +
    "mlock mlock2 mlockall munlock munlockall msync membarrier remap_file_pages map_shadow_stack",
  processes:
    "fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill getpid getppid gettid " +
    "getpgid getpgrp getsid setpgid setsid pidfd_open pidfd_getfd pidfd_send_signal process_mrelease " +
    "process_vm_readv process_vm_writev ptrace prctl arch_prctl modify_ldt restart_syscall " +
    "set_tid_address rseq uname sysinfo",
  threads:
    "futex futex_waitv futex_wait futex_wake futex_requeue get_robust_list set_robust_list " +
    "get_thread_area set_thread_area getcpu sched_yield sched_getaffinity sched_setaffinity sched_getattr " +
    "sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler " +
    "sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority " +
    "ioprio_get ioprio_set",
  "users and capabilities":
    "getuid geteuid getresuid setuid setreuid setresuid setfsuid getgid getegid getresgid setgid setregid " +
    "setresgid setfsgid getgroups setgroups capget capset seccomp landlock_create_ruleset " +
    "landlock_add_rule landlock_restrict_self",
  limits: "getrlimit setrlimit prlimit64 getrusage times",
  signals:
    "rt_sigaction rt_sigprocmask rt_sigpending rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo " +
    "rt_tgsigqueueinfo sigaltstack signalfd signalfd4 pause",
  time:
    "time gettimeofday clock_gettime clock_getres clock_nanosleep clock_adjtime adjtimex nanosleep alarm " +
    "getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_settime " +
    "timerfd_create timerfd_gettime timerfd_settime getrandom",
  network:
    "socketpair bind connect listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt " +
    "recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg",
  "inter-process communication":
    "mq_open mq_unlink mq_notify mq_getsetattr mq_timedreceive mq_timedsend msgctl msgget msgrcv msgsnd " +
    "semctl semget semop semtimedop shmat shmctl shmdt shmget",
};
