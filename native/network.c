// The sandbox's own network: loopback up, prepared netlink messages, and listeners whose descriptors go to the supervisor.
#define _GNU_SOURCE
#include "cordon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// Closes and leaves errno as it is.
static void close_kept(int fd) {
  int cause = errno;
  if (fd >= 0) close(fd);
  errno = cause;
}

// false: errno says why.
bool network_loopback_up(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  close_kept(fd);
  return up;
}

// Messages that ask for an acknowledgement, or -1 when the lengths don't add up.
static int expected_answers(const char *bytes, size_t size) {
  int answers = 0;
  for (size_t at = 0; at < size;) {
    struct nlmsghdr header;
    if (size - at < sizeof header) return -1;
    memcpy(&header, bytes + at, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - at) return -1;
    if ((header.nlmsg_flags & NLM_F_ACK) != 0) answers++;
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return answers;
}

// The messages that were acknowledged, or -1: errno and `refused` say why.
static int read_answers(int fd, struct network_refusal *refused) {
  char buffer[8192];
  ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  refused->why = "netlink gave no answer";
  if (got <= 0) return -1;
  int answers = 0;
  for (size_t at = 0; at + sizeof(struct nlmsghdr) <= (size_t)got;) {
    struct nlmsghdr header;
    memcpy(&header, buffer + at, sizeof header);
    refused->why = "netlink gave a broken answer";
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > (size_t)got - at) return -1;
    if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_len >= sizeof header + sizeof(int)) {
      int error;
      memcpy(&error, buffer + at + sizeof header, sizeof error);
      errno = -error;
      refused->why = "netlink refused message";
      refused->message = header.nlmsg_seq;
      if (error != 0) return -1;
      answers++;
    }
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return answers;
}

// Sends prepared messages and waits until each that asks is acknowledged. false: errno and `refused` say why.
bool network_exchange(int protocol, const char *bytes, size_t size, struct network_refusal *refused) {
  *refused = (struct network_refusal){.why = "broken netlink messages"};
  int expected = expected_answers(bytes, size);
  errno = EINVAL;
  if (expected < 0) return false;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  struct timeval limit = {.tv_sec = 5};
  refused->why = "no netlink";
  bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
  if (good) {
    refused->why = "netlink could not be sent";
    good = sendto(fd, bytes, size, 0, (struct sockaddr *)&kernel, sizeof kernel) >= 0;
  }
  for (int seen = 0; good && seen < expected;) {
    int answers = read_answers(fd, refused);
    good = answers >= 0;
    seen += answers;
  }
  close_kept(fd);
  return good;
}

static void netlink(const struct op *op) {
  struct network_refusal refused;
  if (network_exchange((int)op->field[0].number, op->field[1].bytes, op->field[1].size, &refused)) return;
  if (refused.message != 0) die("network", "%s %u", refused.why, refused.message);
  die("network", "%s", refused.why);
}

static socklen_t address_of(const struct op *op, struct sockaddr_storage *storage) {
  struct sockaddr_in *four = (struct sockaddr_in *)storage;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
  const char *text = op->field[2].bytes;
  in_port_t port = htons((uint16_t)op->field[3].number);
  memset(storage, 0, sizeof *storage);
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = port;
    return sizeof *four;
  }
  errno = EINVAL;
  if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1) die("network", "%s isn't an address", text);
  six->sin6_family = AF_INET6;
  six->sin6_port = port;
  return sizeof *six;
}

static void make_listener(const struct op *op, int outer) {
  const char *id = op->field[0].bytes;
  bool tcp = op->field[1].number == 1;
  struct sockaddr_storage address;
  socklen_t size = address_of(op, &address);
  bool six = address.ss_family == AF_INET6;
  int on = 1, fd = socket(address.ss_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Not for UDP: there it would let a program inside bind the same port.
  if (fd < 0 || (tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)) die("network", "no socket for listener %s", id);
  // IPv4 has listeners of its own.
  if (six && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) die("network", "listener %s can't be for IPv6 alone", id);
  if ((op->field[4].number & 1) != 0 &&
      setsockopt(fd, six ? SOL_IPV6 : SOL_IP, six ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, sizeof on) != 0)
    die("network", "listener %s can't be transparent", id);
  if (bind(fd, (struct sockaddr *)&address, size) != 0) die("network", "listener %s could not be bound", id);
  if (tcp && listen(fd, LISTEN_QUEUE) != 0) die("network", "listener %s could not listen", id);
  if (!node_pass(fd, tcp ? NODE_SERVER : six ? NODE_UDP6 : NODE_UDP4, id)) die("network", "listener %s could not be passed on", id);
  if (tcp) channel_send(outer, 'L', 0, fd);
  close(fd);
}

void network_setup(const struct op_list *list, int outer) {
  if (ops_find(list, OP_LOOPBACK) != NULL && !network_loopback_up()) die("network", "lo could not be brought up");
  FOR_OPS(list, OP_NETLINK, op) netlink(op);
  FOR_OPS(list, OP_LISTEN, op) make_listener(op, outer);
}
