using AutoMapper;
using RooCoord.Domain.Files;
using FileDto = RooCoord.Contracts.File;
using PermissionDto = RooCoord.Contracts.FilePermission;
using VersionDto = RooCoord.Contracts.FileVersion;

namespace RooCoord.Application.Files;

/// <summary>Entity to wire, for files.</summary>
internal sealed class FileProfile : Profile
{
    public FileProfile()
    {
        CreateMap<FileEntry, FileDto>().ForCtorParam(nameof(FileDto.Role), o => o.MapFrom(f => FileRoles.Word(f.Role)));
        CreateMap<FileVersion, VersionDto>();
        CreateMap<FilePermission, PermissionDto>().ForCtorParam(nameof(PermissionDto.Role), o => o.MapFrom(p => FileRoles.Word(p.Role)));
    }
}
