// Sockets of kinds that lead out of a sandbox, and the host's own services. One line each: `NAME ok` or `NAME errno N`.
// usage: sockets families | netlink | abstract NAME | unix PATH | tcp ADDRESS PORT | udp ADDRESS PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const struct { const char *name; int family, type, protocol; } families[] = {
    {"packet", 17, SOCK_RAW, 0x0300}, {"packet-dgram", 17, SOCK_DGRAM, 0x0300}, {"vsock", 40, SOCK_STREAM, 0},
    {"alg", 38, SOCK_SEQPACKET, 0}, {"raw-icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP}, {"raw-ip", AF_INET, SOCK_RAW, IPPROTO_RAW},
    {"raw6-icmp", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6}, {"netlink-audit", AF_NETLINK, SOCK_RAW, 9},
    {"netlink-uevent", AF_NETLINK, SOCK_RAW, 15}, {"netlink-generic", AF_NETLINK, SOCK_RAW, 16},
    {"netlink-netfilter", AF_NETLINK, SOCK_RAW, 12}, {"netlink-diag", AF_NETLINK, SOCK_RAW, 4},
    {"netlink-xfrm", AF_NETLINK, SOCK_RAW, 6}, {"key", 15, SOCK_RAW, 2}, {"tipc", 30, SOCK_DGRAM, 0}, {"can", 29, SOCK_RAW, 1},
    {"bluetooth", 31, SOCK_RAW, 1}, {"xdp", 44, SOCK_RAW, 0}, {"rds", 21, SOCK_SEQPACKET, 0}, {"kcm", 41, SOCK_DGRAM, 0},
    {"qipcrtr", 42, SOCK_DGRAM, 0}, {"smc", 43, SOCK_STREAM, 0}, {"ax25", 3, SOCK_DGRAM, 0}, {"appletalk", 5, SOCK_DGRAM, 0},
    {"sctp", AF_INET, SOCK_STREAM, 132}, {"dccp", AF_INET, 6, 33}, {"udplite", AF_INET, SOCK_DGRAM, 136},
};

static int report(const char *name, int result) {
    if (result < 0) printf("%s errno %d\n", name, errno);
    else printf("%s ok\n", name);
    return result;
}

static void try_families(void) {
    for (unsigned i = 0; i < sizeof families / sizeof *families; i++) {
        int fd = socket(families[i].family, families[i].type, families[i].protocol);
        report(families[i].name, fd);
        if (fd >= 0) close(fd);
    }
}

struct request { struct nlmsghdr head; union { struct ifinfomsg link; struct rtmsg route; struct ifaddrmsg address; } body; char more[128]; };

/** Sends one request; returns the kernel's error of the acknowledgement, or prints link names of a dump. */
static int ask(int fd, struct request *request, const char *what) {
    char answer[32768];
    request->head.nlmsg_seq = 1;
    if (send(fd, request, request->head.nlmsg_len, 0) < 0) return -1;
    for (;;) {
        ssize_t size = recv(fd, answer, sizeof answer, 0);
        if (size < 0) return -1;
        for (struct nlmsghdr *at = (struct nlmsghdr *)answer; NLMSG_OK(at, size); at = NLMSG_NEXT(at, size)) {
            if (at->nlmsg_type == NLMSG_DONE) return 0;
            if (at->nlmsg_type == NLMSG_ERROR) {
                errno = -((struct nlmsgerr *)NLMSG_DATA(at))->error;
                return errno ? -1 : 0;
            }
            struct ifinfomsg *link = NLMSG_DATA(at);
            struct rtattr *attribute = IFLA_RTA(link);
            int left = (int)IFLA_PAYLOAD(at);
            for (; at->nlmsg_type == RTM_NEWLINK && RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
                if (attribute->rta_type == IFLA_IFNAME) printf("%s %s\n", what, (char *)RTA_DATA(attribute));
        }
    }
}

static void try_netlink(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (report("route-socket", fd) < 0) return;
    struct request dump = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    report("dump", ask(fd, &dump, "link"));
    struct request down = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
    down.body.link.ifi_index = 1;
    down.body.link.ifi_change = IFF_UP;
    report("lo-down", ask(fd, &down, "-"));
    struct request route = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)), .nlmsg_type = RTM_NEWROUTE, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE}};
    route.body.route = (struct rtmsg){.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_BLACKHOLE, .rtm_scope = RT_SCOPE_UNIVERSE};
    report("add-route", ask(fd, &route, "-"));
}

static int connect_unix(const char *name, int abstract) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length + 2 > sizeof address.sun_path) return -1;
    memcpy(address.sun_path + abstract, name, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + length + (abstract ? 0 : 1));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    // Some listeners (Node 20) take the whole array as an abstract name, zeros included.
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, size) < 0 && (!abstract || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)) return -1;
    return write(fd, "stolen", 6) == 6 ? 0 : -1;
}

static int connect_ip(int type, const char *address, const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    struct timeval limit = {.tv_sec = 3};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) return -1;
    int fd = socket(AF_INET, type, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) return -1;
    return write(fd, "stolen", 6) == 6 ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "families") == 0) try_families();
    else if (argc == 2 && strcmp(argv[1], "netlink") == 0) try_netlink();
    else if (argc == 3 && strcmp(argv[1], "abstract") == 0) report("abstract", connect_unix(argv[2], 1));
    else if (argc == 3 && strcmp(argv[1], "unix") == 0) report("unix", connect_unix(argv[2], 0));
    else if (argc == 4 && strcmp(argv[1], "tcp") == 0) report("tcp", connect_ip(SOCK_STREAM, argv[2], argv[3]));
    else if (argc == 4 && strcmp(argv[1], "udp") == 0) report("udp", connect_ip(SOCK_DGRAM, argv[2], argv[3]));
    else return 2;
    return 0;
}
