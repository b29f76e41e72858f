"""StaffInfo, which stands in status messages and in the business of documents."""

from domain.exchange import Staff
from mappings.edxml.block import Block
from mappings.edxml.markup import Node, block, filled, leaf


def read_staff(parent: Block) -> tuple[Staff, ...]:
    """Return the people named in an element; an empty block names nobody."""
    found = (
        Staff(
            name=each.text("Staff"),
            staff_id=each.text("StaffId"),
            department=each.text("Department"),
            department_id=each.text("DepartmentId"),
            email=each.text("Email"),
            mobile=each.text("Mobile"),
        )
        for each in parent.children("StaffInfo")
    )
    return tuple(staff for staff in found if staff != Staff())


def staff_info(staff: Staff) -> Node | None:
    """Return the element of one person; None for nobody."""
    return filled(
        block(
            "StaffInfo",
            leaf("Department", staff.department),
            leaf("DepartmentId", staff.department_id),
            leaf("Staff", staff.name),
            leaf("StaffId", staff.staff_id),
            leaf("Email", staff.email),
            leaf("Mobile", staff.mobile),
        )
    )
