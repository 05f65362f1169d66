# SPDX-License-Identifier: GPL-2.0-only
#
# default.nix - the library and its tools, by the conventions of nixpkgs.
#
# nix-build packaging/nix builds it from the clone; in nixpkgs, callPackage does, with
# a release as src.
{
  pkgs ? import <nixpkgs> { },
  lib ? pkgs.lib,
  stdenv ? pkgs.stdenv,
  autoreconfHook ? pkgs.autoreconfHook,
  bc ? pkgs.bc,
  bison ? pkgs.bison,
  cryptsetup ? pkgs.cryptsetup,
  e2fsprogs ? pkgs.e2fsprogs,
  flex ? pkgs.flex,
  fuse3 ? pkgs.fuse3,
  jansson ? pkgs.jansson,
  libarchive ? pkgs.libarchive,
  libedit ? pkgs.libedit,
  libnbd ? pkgs.libnbd,
  libseccomp ? pkgs.libseccomp,
  liburing ? pkgs.liburing,
  linuxKernel ? pkgs.linuxKernel,
  makeWrapper ? pkgs.makeWrapper,
  nettle ? pkgs.nettle,
  pkg-config ? pkgs.pkg-config,
  python3 ? pkgs.python3,
  util-linux ? pkgs.util-linux,
  xz ? pkgs.xz,
  zlib ? pkgs.zlib,
  zstd ? pkgs.zstd,
  src ? lib.cleanSource ../..,
}:

stdenv.mkDerivation {
  pname = "liblkl";
  version = "0.1.0";
  inherit src;

  outputs = [
    "out"
    "dev"
    "lib"
    "man"
  ];

  nativeBuildInputs = [
    autoreconfHook
    bc
    bison
    flex
    makeWrapper
    pkg-config
    python3
    xz
  ];

  buildInputs = [
    cryptsetup
    fuse3
    jansson
    libarchive
    libnbd
    libseccomp
    liburing
    nettle
    util-linux
    zlib
    zstd
  ];

  nativeCheckInputs = [ e2fsprogs ];

  postPatch = ''
    patchShebangs build-aux lkl tests
  '';

  configureFlags = [
    "--disable-static"
    "--with-linux=${linuxKernel.kernels.linux_6_12.src}"
    "--with-systemdsystemunitdir=${placeholder "out"}/lib/systemd/system"
    "--with-systemduserunitdir=${placeholder "out"}/lib/systemd/user"
    "--with-sysusersdir=${placeholder "out"}/lib/sysusers.d"
  ];

  enableParallelBuilding = true;

  doCheck = true;
  checkFlags = [ "TESTS=unit/%" ];

  # Libraries that are loaded at run time are in the RUNPATH of what loads them: a
  # variable of the environment would reach the programs that lklrun starts.  Links
  # stay links, as lklfuse goes by the name it is started with.
  postFixup = ''
    for file in $(realpath $lib/lib/liblkl.so.0) $out/bin/*; do
      [ -L "$file" ] || patchelf --add-rpath ${
        lib.makeLibraryPath [
          jansson
          libarchive
          libedit
          libnbd
          nettle
          util-linux
        ]
      } "$file"
    done
    wrapProgram $out/bin/tar2fs --suffix PATH : ${lib.makeBinPath [ e2fsprogs ]}
  '';

  meta = {
    description = "Linux file systems as a library, and tools for disk images";
    license = lib.licenses.gpl2Only;
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    mainProgram = "fs2tar";
  };
}
