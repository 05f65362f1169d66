#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# recipes-docker.sh - the stage of a Dockerfile in README.md ends in an image, without
# privileges.  Docker is not needed: a user namespace with a root directory of its own
# stands for its build, and a script for apt-get, which has no network here.

. "$top_srcdir/tests/helpers/lib.sh"
need unshare chroot e2fsck
unshare -rm true 2>&3 || skip "no user namespaces"

sed -n '/^and a stage of a Dockerfile/,/^## /s/^    //p' \
	"$top_srcdir/README.md" >Dockerfile
[ "$(grep -c '^RUN ' Dockerfile)" -ge 2 ] || die "no stage in README.md"

mkdir -p app/etc app/bin stage/bin-of-test final
echo text >app/etc/passwd
echo program >app/bin/program
chmod 4755 app/bin/program
cat >stage/bin-of-test/apt-get <<'END'
#!/bin/sh
echo "$*" >>/apt-get.log
END
chmod +x stage/bin-of-test/apt-get

# In the namespace, the directories of the host are the image "debian".  It obeys
# FROM, RUN and COPY.
cat >build-stage <<'END'
set -e
for d in /*; do
	case $d in /sys | /boot | /rootfs | /app.ext4) continue ;; esac
	if [ -L "$d" ]; then
		cp -P "$d" stage
	elif [ -d "$d" ]; then
		mkdir -p "stage$d"
		mount --rbind "$d" "stage$d"
	fi
done
export PATH=/bin-of-test:$PATH
stages=0
while read -r word rest; do
	case $word in
	FROM)
		stages=$((stages + 1))
		;;
	RUN)
		chroot stage /bin/sh -c "$rest"
		;;
	COPY)
		set -- $rest
		case $1 in
		--from=app) mkdir -p "stage$3" && cp -a app/. "stage$3" ;;
		--from=image) [ $stages -eq 2 ] && cp "stage$2" "final$3" ;;
		*) exit 9 ;;
		esac
		;;
	*) exit 9 ;;
	esac
done <Dockerfile
END
run_check unshare -rm bash ./build-stage
grep -q 'install -y e2fsprogs' stage/apt-get.log || die "no packages"
[ -s final/app.ext4 ] || die "no image"
run_check e2fsck -fn final/app.ext4 >&3
run_check fs2tar final/app.ext4 made.tar
tar --numeric-owner -tvf made.tar >list
grep -q '^-rwsr-xr-x 0/0 .* \./bin/program$' list || die "not so: $(cat list)"
[ "$(tar -xOf made.tar ./etc/passwd)" = text ] || die "another file"
