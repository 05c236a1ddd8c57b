using AutoMapper;
using RooCoord.Contracts;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Admin;

/// <summary>Entity to wire, for users.</summary>
internal sealed class AdminProfile : Profile
{
    public AdminProfile() => CreateMap<UserAccount, AdminUser>();
}
