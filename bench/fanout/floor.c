// The least that forwarding to N receivers costs: encrypt a packet with AES-128-GCM (OpenSSL) under each receiver's key and hand it to the
// kernel. No reading from a network, no ICE, no RTCP, no repeats. Receivers are sockets of a second process that reads them empty, so that the
// kernel delivers each packet as it does for an SFU.
//
//   floor RECEIVERS FRAMES PACKETS_PER_FRAME FRAMES_PER_S RECEIVER_CPU (-1: any)
//
// Prints `packets received cpu_ns` of the sender alone: user and system time of its process.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RTP_BYTES = 1100, HEADER_BYTES = 12, TAG_BYTES = 16, MAX_RECEIVERS = 1000, QUIET_MS = 200 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ns(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

// Reads until the sender has closed `done` and nothing came for a while; writes how many packets there were to `counted`.
static void receive(const int *sockets, int receivers, int cpu, int done, int counted) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
  }
  int poll = epoll_create1(0);
  for (int i = 0; i < receivers; i++) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = sockets[i]};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, sockets[i], &wanted) != 0) fail("epoll_ctl");
  }
  uint64_t packets = 0;
  for (;;) {
    struct epoll_event ready[64];
    int found = epoll_wait(poll, ready, 64, QUIET_MS);
    for (int i = 0; i < found; i++) {
      char packet[2048];
      while (recv(ready[i].data.fd, packet, sizeof packet, MSG_DONTWAIT) > 0) packets++;
    }
    char end;
    if (found == 0 && read(done, &end, 1) == 0) break;
  }
  if (write(counted, &packets, sizeof packets) != sizeof packets) fail("write");
  _exit(0);
}

static void sleep_until(int64_t at_ns) {
  struct timespec at = {.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) continue;
}

static void protect(EVP_CIPHER_CTX *key, uint64_t index, const uint8_t *rtp, uint8_t *out) {
  uint8_t iv[12] = {0};
  int length;
  memcpy(iv + 4, &index, sizeof index);
  memcpy(out, rtp, HEADER_BYTES);
  if (EVP_EncryptInit_ex(key, NULL, NULL, NULL, iv) != 1 || EVP_EncryptUpdate(key, NULL, &length, out, HEADER_BYTES) != 1 ||
      EVP_EncryptUpdate(key, out + HEADER_BYTES, &length, rtp + HEADER_BYTES, RTP_BYTES - HEADER_BYTES) != 1 ||
      EVP_EncryptFinal_ex(key, out + RTP_BYTES, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(key, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + RTP_BYTES) != 1) {
    fputs("encryption failed\n", stderr);
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  int receivers = atoi(argv[1]), frames = atoi(argv[2]), per_frame = atoi(argv[3]), frames_per_s = atoi(argv[4]), cpu = atoi(argv[5]);
  if (receivers < 1 || receivers > MAX_RECEIVERS || frames < 1 || per_frame < 1 || frames_per_s < 1) return 2;
  static int sockets[MAX_RECEIVERS];
  static struct sockaddr_in to[MAX_RECEIVERS];
  static EVP_CIPHER_CTX *keys[MAX_RECEIVERS];
  for (int i = 0; i < receivers; i++) {
    socklen_t size = sizeof to[i];
    to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&to[i], size) != 0) fail("bind");
    if (getsockname(sockets[i], (struct sockaddr *)&to[i], &size) != 0) fail("getsockname");
    uint8_t key[16] = {(uint8_t)i, (uint8_t)(i >> 8), 1};
    keys[i] = EVP_CIPHER_CTX_new();
    if (EVP_EncryptInit_ex(keys[i], EVP_aes_128_gcm(), NULL, key, NULL) != 1) return 1;
  }
  int done[2], counted[2];
  if (pipe(done) != 0 || pipe(counted) != 0) fail("pipe");
  fcntl(done[0], F_SETFL, O_NONBLOCK);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(done[1]);
    receive(sockets, receivers, cpu, done[0], counted[1]);
  }

  int out = socket(AF_INET, SOCK_DGRAM, 0);
  uint8_t rtp[RTP_BYTES] = {0x80, 96}, packet[RTP_BYTES + TAG_BYTES];
  uint64_t packets = 0, received = 0;
  int64_t start_ns = now_ns(CLOCK_MONOTONIC) + 50 * INT64_C(1000000), cpu_before_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  for (int frame = 0; frame < frames; frame++) {
    sleep_until(start_ns + frame * (INT64_C(1000000000) / frames_per_s));
    for (int p = 0; p < per_frame; p++) {
      for (int i = 0; i < receivers; i++, packets++) {
        protect(keys[i], packets, rtp, packet);
        if (sendto(out, packet, sizeof packet, 0, (struct sockaddr *)&to[i], sizeof to[i]) != sizeof packet) fail("sendto");
      }
    }
  }
  int64_t cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_before_ns;
  close(done[1]);
  if (read(counted[0], &received, sizeof received) != sizeof received) fail("read");
  waitpid(child, NULL, 0);
  printf("%llu %llu %lld\n", (unsigned long long)packets, (unsigned long long)received, (long long)cpu_ns);
  return 0;
}
