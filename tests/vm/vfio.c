/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into virsh: libvirt believes that this host assigns PCI devices. From release 12 on
 * (src/qemu/qemu_hostdev.c) it translates a domain with <hostdev>s only where the kernel has an IOMMU
 * group and /dev/vfio/vfio, though it looks at neither while translating; and it defines one with
 * iommufd='yes' only where there is /dev/iommu (src/util/viriommufd.c). */
#include <dirent.h>
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = (int (*)(const char *, int))dlsym(RTLD_NEXT, "access");

	return strcmp(path, "/dev/vfio/vfio") && strcmp(path, "/dev/iommu") ? real(path, mode) : 0;
}

/* Any directory that is not empty. */
DIR *opendir(const char *path)
{
	DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
	static const char groups[] = "/sys/kernel/iommu_groups";
	size_t length = sizeof(groups) - 1;

	if (!strncmp(path, groups, length) && (!path[length] || !strcmp(path + length, "/")))
		path = "/";
	return real(path);
}
