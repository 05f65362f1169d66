/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mkfs-message.h - finds the reason in the messages of a mkfs program.
 */
#ifndef TAR2FS_MKFS_MESSAGE_H
#define TAR2FS_MKFS_MESSAGE_H

/*
 * mkfs_message - the sentence that says why the program failed
 * @program: its name
 * @image: the path that the program got, replaced by "the image"
 * @text: all its messages
 *
 * To be freed; NULL if memory is out.  "" if there is no such sentence.
 */
char *mkfs_message(const char *program, const char *image, const char *text);

#endif /* TAR2FS_MKFS_MESSAGE_H */
