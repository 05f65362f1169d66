# SPDX-License-Identifier: GPL-2.0-only
"""Facts that the generators need and that no header states.

Patterns are those of fnmatch, against paths such as linux/fs.h; a * also
matches slashes.
"""

# Directories of the exported headers that are installed.  The others (drm,
# misc, mtd, rdma, regulator, scsi, sound, video, xen) are about devices.
DIRECTORIES = ("linux", "asm", "asm-generic")

# Headers of these directories that are not installed, and why.
EXCLUDED = (
    ("the network: the kernel inside has none", """
        linux/6lowpan* linux/ah.h linux/amt.h linux/arcnet* linux/atalk.h
        linux/atm*.h linux/ax25.h linux/batadv_packet.h linux/batman_adv.h
        linux/baycom.h linux/bpf*.h linux/bpqether.h linux/btf.h
        linux/caif/* linux/can.h linux/can/* linux/cfm_bridge.h
        linux/cn_proc.h linux/connector.h linux/cryptouser.h
        linux/cycx_cfm.h linux/dcbnl.h linux/dccp.h linux/devlink.h
        linux/dns_resolver.h linux/dpll.h linux/errqueue.h linux/erspan.h
        linux/ethtool*.h linux/fib_rules.h linux/filter.h linux/fou.h
        linux/gen_stats.h linux/genetlink.h linux/gtp.h linux/handshake.h
        linux/hdlc.h linux/hdlc/* linux/hdlcdrv.h linux/hsr_netlink.h
        linux/icmp*.h linux/if.h linux/if_*.h linux/ife.h linux/igmp.h
        linux/ila.h linux/in.h linux/in6.h linux/in_route.h
        linux/inet_diag.h linux/ioam6*.h linux/ip.h linux/ip6_tunnel.h
        linux/ip_vs.h linux/ipsec.h linux/ipv6*.h linux/isdn/* linux/kcm.h
        linux/l2tp.h linux/llc.h linux/lwtunnel.h linux/mctp.h
        linux/mdio.h linux/mii.h linux/mpls*.h linux/mptcp*.h
        linux/mroute*.h linux/mrp_bridge.h linux/nbd-netlink.h
        linux/ncsi.h linux/neighbour.h linux/net.h linux/net_*.h
        linux/netconf.h linux/netdev.h linux/netdevice.h
        linux/netfilter*.h linux/netlink*.h linux/netrom.h
        linux/nexthop.h linux/nfc.h linux/nl80211*.h linux/openvswitch.h
        linux/ovpn.h
        linux/packet_diag.h linux/pfkeyv2.h linux/phonet.h linux/pkt_*.h
        linux/ppp*.h linux/psample.h linux/qrtr.h linux/rds.h
        linux/rfkill.h linux/rose.h linux/route.h linux/rpl*.h
        linux/rtnetlink.h linux/rxrpc.h linux/scc.h linux/sctp.h
        linux/seg6*.h linux/selinux_netlink.h linux/smc*.h linux/snmp.h
        linux/sock_diag.h linux/sockios.h linux/tc_act/* linux/tc_ematch/*
        linux/tcp*.h linux/tipc*.h linux/tls.h linux/udp.h linux/un.h
        linux/unix_diag.h linux/veth.h linux/vm_sockets*.h
        linux/vsockmon.h linux/wireguard.h linux/wireless.h linux/wwan.h
        linux/x25.h linux/xdp_diag.h linux/xfrm.h asm/bpf_perf_event.h
        asm-generic/bpf_perf_event.h"""),
    ("network file systems, which need the network", """
        linux/cifs/* linux/coda.h linux/dlm*.h linux/lockd_netlink.h
        linux/nfs*.h linux/nfsd/* linux/sunrpc_netlink.h
        linux/sunrpc/*"""),
    ("devices that the kernel inside has no drivers for", """
        linux/acrn.h linux/amd-pmf.h linux/adb.h linux/agpgart.h linux/android/*
        linux/apm_bios.h linux/arm_sdei.h linux/aspeed-*.h
        linux/bcm933xx_hcs.h linux/bsg.h linux/bt-bmc.h linux/capi.h
        linux/cciss*.h linux/ccs.h linux/chio.h linux/comedi.h
        linux/coresight-stm.h linux/counter.h
        linux/counter/* linux/cuda.h linux/cxl_mem.h
        linux/cyclades.h linux/dev_energymodel.h linux/dma-*.h linux/drbd*.h linux/edd.h linux/firewire-*.h
        linux/fpga-dfl.h linux/fsi.h linux/fsl_*.h linux/gameport.h
        linux/genwqe/* linux/gpib*.h linux/gpio.h linux/gsmmux.h linux/hpet.h
        linux/hsi/* linux/hw_breakpoint.h linux/i2c*.h linux/i2o-dev.h
        linux/i8k.h linux/idxd.h linux/iio/* linux/iommufd.h linux/ipmi*.h
        linux/issei.h linux/isst_if.h linux/kernelcapi.h linux/kfd_*.h
        linux/lp.h linux/mei*.h linux/misc/* linux/mmc/* linux/mmtimer.h
        linux/mtio.h linux/ndctl.h linux/nsm.h linux/ntsync.h
        linux/nubus.h linux/nvme_ioctl.h linux/nvram.h linux/papr_pdsm.h
        linux/parport.h linux/patchkey.h linux/pci*.h linux/pfrut.h
        linux/pg.h linux/phantom.h linux/pmu.h linux/ppdev.h linux/pps*.h
        linux/psci.h linux/psp*.h linux/ptp_clock.h linux/pwm.h
        linux/remoteproc_cdev.h linux/rio_*.h linux/rpmsg*.h linux/rtc.h
        linux/scif_ioctl.h linux/sed-opal.h linux/serial*.h linux/sonet.h
        linux/sonypi.h linux/spi/* linux/stm.h linux/surface_aggregator/*
        linux/suspend_ioctls.h linux/switchtec_ioctl.h linux/sync_file.h
        linux/synclink.h linux/target_core_user.h linux/tee.h
        linux/thermal.h linux/tiocl.h linux/toshiba.h
        linux/tps6594_pfsm.h linux/udmabuf.h linux/uleds.h linux/usb/*
        linux/usbdevice_fs.h linux/usbip.h linux/uuid.h linux/vt.h
        linux/vtpm_proxy.h linux/watchdog.h linux/wmi.h linux/zorro*.h"""),
    ("sound, pictures and input", """
        linux/am437x-vpfe.h linux/arcfb.h linux/cec*.h linux/dvb/*
        linux/dw100.h linux/fb.h linux/hid*.h linux/input*.h linux/ivtv*.h
        linux/joystick.h linux/kd.h linux/keyboard.h linux/lirc.h
        linux/map_to_*.h linux/matroxfb.h linux/max2175.h linux/media*.h
        linux/media/* linux/npcm-video.h linux/omap*.h linux/radeonfb.h
        linux/rkisp1-config.h linux/screen_info.h linux/smiapp.h
        linux/sound.h linux/soundcard.h linux/thp7312.h linux/uhid.h
        linux/uinput.h linux/ultrasound.h linux/userio.h linux/uvcvideo.h
        linux/v4l2-*.h linux/vesa.h linux/videodev2.h
        linux/xilinx-v4l2-controls.h"""),
    ("virtual machines: devices and hypervisors", """
        linux/hyperv.h linux/kvm.h linux/mshv.h linux/nitro_enclaves.h linux/qemu_fw_cfg.h
        linux/sev-guest.h linux/tdx-guest.h linux/um_timetravel.h
        linux/vbox*.h linux/vdpa.h linux/vduse.h linux/vfio*.h
        linux/vhost*.h linux/virtio_*.h linux/vmclock-abi.h linux/vmcore.h
        asm/kvm*.h
        asm-generic/kvm*.h"""),
    ("the old form of the table: numbers come from asm/unistd_64.h", """
        asm-generic/unistd.h"""),
    ("for the other byte order: defines the same macros", """
        linux/byteorder/big_endian.h"""),
    ("autofs: includes <sys/ioctl.h>, is not valid C++, and is of no use here",
     """
        linux/auto_fs*.h linux/auto_dev-ioctl.h"""),
    ("refers to what no exported header defines", """
        linux/sysctl.h asm/ucontext.h asm-generic/ucontext.h"""),
)

# Members whose names are macros of the C library's headers.
RENAMED_MEMBERS = {
    "st_atime", "st_mtime", "st_ctime",		# <sys/stat.h>
    "sa_handler", "sa_sigaction",		# <signal.h>
}

# Names in conditions that are the compiler's.  All others that no header
# defines are prefixed too, which makes them undefined: what the C library
# or an architecture would define says nothing about these headers.
PREDEFINED = {
    "defined", "__ASSEMBLY__", "__ASSEMBLER__", "__KERNEL__", "__cplusplus", "__has_attribute",
    "__GNUC__", "__GNUC_MINOR__", "__clang__", "__CHECKER__",
    "__STDC__", "__STDC_VERSION__", "__STRICT_ANSI__",
    "__CHAR_BIT__", "__SIZEOF_INT__", "__SIZEOF_LONG__",
    "__SIZEOF_LONG_LONG__", "__SIZEOF_INT128__", "__LP64__", "__ILP32__",
    "__HAVE_BUILTIN_BSWAP16__", "__HAVE_BUILTIN_BSWAP32__",
    "__HAVE_BUILTIN_BSWAP64__", "__linux__", "__x86_64__", "__aarch64__",
}

# Headers of our own that define types (directory include), and the kernel's
# headers that have the same.
OWN_HEADERS = {
    "unexported.h": ("linux/dirent.h", "linux/exportfs.h", "linux/fs.h",
                     "linux/sched.h"),
}

# Types of the kernel's own in the definitions of system calls, and what is
# behind them.  None: the C language has a type of that name.
KERNEL_TYPES = {
    "clockid_t": "__kernel_clockid_t",
    "fd_set": "__kernel_fd_set",
    "gid_t": "__kernel_gid32_t",
    "key_serial_t": "__s32",
    "key_t": "__kernel_key_t",
    "loff_t": "__kernel_loff_t",
    "mqd_t": "__kernel_mqd_t",
    "off_t": "__kernel_off_t",
    "pid_t": "__kernel_pid_t",
    "qid_t": "__kernel_uid32_t",
    "rwf_t": "__kernel_rwf_t",
    "size_t": None,
    "timer_t": "__kernel_timer_t",
    "u32": "__u32",
    "u64": "__u64",
    "uid_t": "__kernel_uid32_t",
    "umode_t": "unsigned short",
}

# Pointer parameters through which the kernel only reads, though it does not
# declare them so: in C++ a string literal would not do for them.
CONST_PARAMETERS = {
    "mount": ("dev_name", "dir_name", "type", "data"),
    "umount": ("name",),
    "sethostname": ("name",),
    "setdomainname": ("name",),
    "utimensat": ("utimes",),
}

# Included by syscalls.h for their constants, beside the headers that define
# the types in it.
SYSCALL_HEADERS = (
    "asm/errno.h", "asm/unistd.h", "linux/falloc.h", "linux/fcntl.h",
    "linux/fs.h", "linux/magic.h", "linux/mount.h", "linux/openat2.h",
    "linux/stat.h", "linux/time.h", "linux/types.h", "linux/uio.h",
    "linux/xattr.h", "unexported.h",
)

# Structures that cross the interface behind a void pointer, in a buffer of
# bytes, or with an ioctl whose number does not tell: their layout is checked
# like that of all whose type is in a call or an ioctl.
BEHIND_VOID = (
    "struct blkpg_ioctl_arg", "struct blkpg_partition",	# BLKPG
    "struct f_owner_ex", "struct flock",		# fcntl()
    "struct fanotify_event_metadata",			# read()
    "struct fs_disk_quota", "struct fs_quota_stat",	# quotactl()
    "struct fs_quota_statv", "struct if_dqblk", "struct if_dqinfo",
    "struct if_nextdqblk",
    "struct hd_geometry",				# HDIO_GETGEO
    "struct inotify_event",				# read()
    "struct loop_config", "struct loop_info64",		# LOOP_...
    "struct posix_acl_xattr_entry",			# getxattr()
    "struct posix_acl_xattr_header",
    "struct signalfd_siginfo",				# read()
    "struct termios",					# TCGETS
    "struct vfs_cap_data", "struct vfs_ns_cap_data",	# getxattr()
)
