/*
 * A line between two network namespaces: every packet arrives late, some do not
 * arrive, and only so many fit a second. For kernels without netem.
 *
 *   namespace A [tun0] <--- this program ---> [tun0] namespace B
 *
 *   shaper A B DELAY_US LOSS_PPM MBIT QUEUE_MS
 *
 * DELAY_US is added to each packet in each direction. MBIT 0 is no limit of rate;
 * with one, a packet that would wait longer than QUEUE_MS for its turn is dropped.
 * Prints `ready` once both devices are there, and runs until it is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SLOT_BYTES 2048 /* more than the 1500 of the devices */
#define SLOTS 65536     /* 98 MB on their way in each direction: 25 ms at 30 Gbit/s */

struct slot {
  int64_t due;
  uint32_t length;
  unsigned char bytes[SLOT_BYTES - 16];
};

struct direction {
  int in, out;
  struct slot *slots;
  uint32_t head, tail;
  int64_t line_free;
  uint64_t random;
};

static int64_t delay_ns, queue_ns, loss_ppm, mbit;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* A line has a processor of its own; what shares ours with it must not make it late. Where that
 * is not allowed it runs like everybody else. And it ends with whoever has started it. */
static void be_a_line(void) {
  struct sched_param first = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) < 0) setpriority(PRIO_PROCESS, 0, -20);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("prctl");
}

static int device_in(const char *namespace) {
  char path[256];
  snprintf(path, sizeof path, "/var/run/netns/%s", namespace);
  int ns = open(path, O_RDONLY | O_CLOEXEC);
  if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) fail(path);
  close(ns);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(request.ifr_name, "tun0");
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  return fd;
}

/* xorshift64*: the same losses for everybody, as the same packet is lost by its number. */
static uint64_t next_random(struct direction *d) {
  d->random ^= d->random >> 12;
  d->random ^= d->random << 25;
  d->random ^= d->random >> 27;
  return d->random * 2685821657736338717ULL;
}

static void receive(struct direction *d) {
  for (int batch = 0; batch < 256; batch++) {
    if (d->tail - d->head == SLOTS) return;
    struct slot *slot = &d->slots[d->tail % SLOTS];
    ssize_t length = read(d->in, slot->bytes, sizeof slot->bytes);
    if (length < 0) {
      if (errno == EAGAIN) return;
      fail("read");
    }
    if (loss_ppm > 0 && (int64_t)(next_random(d) >> 33) % 1000000 < loss_ppm) continue;
    int64_t now = now_ns();
    if (mbit > 0) {
      if (d->line_free < now) d->line_free = now;
      if (d->line_free - now > queue_ns) continue;
      d->line_free += length * 8000 / mbit;
      slot->due = d->line_free + delay_ns;
    } else {
      slot->due = now + delay_ns;
    }
    slot->length = length;
    d->tail++;
  }
}

static void deliver(struct direction *d) {
  int64_t now = now_ns();
  while (d->head != d->tail) {
    struct slot *slot = &d->slots[d->head % SLOTS];
    if (slot->due > now) return;
    /* A receiver without room, or not up yet (EIO), loses the packet, as a real one would. */
    if (write(d->out, slot->bytes, slot->length) < 0 && errno != EAGAIN && errno != ENOBUFS &&
        errno != EIO)
      fail("write");
    d->head++;
  }
}

static int64_t next_due(const struct direction *d, int64_t soonest) {
  if (d->head == d->tail) return soonest;
  int64_t due = d->slots[d->head % SLOTS].due;
  return due < soonest ? due : soonest;
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: shaper NS_A NS_B DELAY_US LOSS_PPM MBIT QUEUE_MS\n");
    return 2;
  }
  delay_ns = atoll(arguments[3]) * 1000;
  loss_ppm = atoll(arguments[4]);
  mbit = atoll(arguments[5]);
  queue_ns = atoll(arguments[6]) * 1000000;
  be_a_line();
  int a = device_in(arguments[1]), b = device_in(arguments[2]);
  struct direction way[2] = {{.in = a, .out = b, .random = 0x9E3779B97F4A7C15ULL},
                             {.in = b, .out = a, .random = 0xD1B54A32D192ED03ULL}};
  for (int i = 0; i < 2; i++) {
    way[i].slots = mmap(NULL, sizeof(struct slot) * SLOTS, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (way[i].slots == MAP_FAILED) fail("mmap");
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    int64_t due = next_due(&way[1], next_due(&way[0], INT64_MAX));
    int64_t wait = due == INT64_MAX ? 1000000000LL : due - now_ns();
    if (wait < 0) wait = 0;
    struct timespec timeout = {.tv_sec = wait / 1000000000LL, .tv_nsec = wait % 1000000000LL};
    struct pollfd devices[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    if (ppoll(devices, 2, &timeout, NULL) < 0 && errno != EINTR) fail("ppoll");
    for (int i = 0; i < 2; i++) {
      receive(&way[i]);
      deliver(&way[i]);
    }
  }
}
