"""A configuration that grew over years: 300 hosts, templates three deep, groups of groups, and every oddity we know."""

USERS = {1: "/usr/lib/nagios/plugins", 2: "/opt/site/plugins", 3: "s3cret-Token", 4: "5693"}

_TEMPLATES = """
define timeperiod {
    timeperiod_name always
    alias           At all hours
    sunday          00:00-24:00
    monday          00:00-24:00
    tuesday         00:00-24:00
    wednesday       00:00-24:00
    thursday        00:00-24:00
    friday          00:00-24:00
    saturday        00:00-24:00
}
define timeperiod{
    timeperiod_name backup-window
    alias           Backups run
    monday          01:00-03:30
    wednesday       01:00-03:30
}
define timeperiod{
    timeperiod_name work-hours
    alias           Monday to Friday
    monday          09:00-12:00,13:00-17:30
    tuesday         09:00-17:30
    wednesday       09:00-17:30
    thursday        09:00-17:30
    friday          09:00-16:00
}
define timeperiod{
    timeperiod_name not-in-backup
    alias           All but backups
    sunday          00:00-24:00
    monday          00:00-24:00
    tuesday         00:00-24:00
    wednesday       00:00-24:00
    thursday        00:00-24:00
    friday          00:00-24:00
    saturday        00:00-24:00
    exclude         backup-window
}
define timeperiod{
    timeperiod_name work-without-holidays
    alias           Work, but on holidays
    monday          09:00-17:00
    tuesday         09:00-17:00
    december 25     00:00-00:00
    2027-01-01      00:00-00:00
}
define contact{
    name                            person          ; the template of all
    host_notification_period        always
    service_notification_period     always
    host_notification_options       d,u,r
    service_notification_options    w,u,c,r
    host_notification_commands      host-by-mail
    service_notification_commands   service-by-mail
    register                        0
}
define contact{
    use             person
    contact_name    ada
    alias           Ada
    email           ada@example.com
    contactgroups   web-admins
}
define contact{
    use             person
    contact_name    bob
    alias           Bob
    email           bob@example.com
}
define contact{
    use             person
    contact_name    oncall
    alias           The person on call
    email           oncall@example.com
    pager           oncall-pager
    service_notification_commands   service-by-pager
}
define contact{
    use             person
    contact_name    daytime
    alias           The office
    email           office@example.com
    service_notification_period work-hours
}
define contact{
    use             person
    contact_name    unused
    alias           Left the company
    email           gone@example.com
}
define contactgroup{
    contactgroup_name   web-admins
    alias               Web
    members             bob
}
define contactgroup{
    contactgroup_name   dba
    alias               Databases
    members             oncall
}
define contactgroup{
    contactgroup_name       everybody
    alias                   All of them
    contactgroup_members    web-admins,dba
}
define contactgroup{
    contactgroup_name   office
    alias               Office
    members             daytime
}
define command{
    command_name    host-by-mail
    command_line    /usr/bin/printf "%b" "Host: $HOSTNAME$\\n" | /usr/bin/mail -s "$HOSTNAME$" $CONTACTEMAIL$
}
define command{
    command_name    service-by-mail
    command_line    /usr/bin/printf "%b" "$SERVICEDESC$\\n" | /usr/bin/mail -s "$SERVICEDESC$" $CONTACTEMAIL$
}
define command{
    command_name    service-by-pager
    command_line    /usr/bin/mail -s "$SERVICEDESC$" $CONTACTPAGER$ < /dev/null
}
define host{
    name                    base-host
    check_command           alive
    check_period            always
    notification_period     always
    notification_interval   60
    max_check_attempts      3
    check_interval          5
    contact_groups          web-admins
    _SNMP_PORT              161
    register                0
}
define host{
    name                    linux-host
    use                     base-host
    hostgroups              linux
    register                0
}
define host{
    name                    web-host
    use                     linux-host
    hostgroups              +web
    _HTTP_PATH              /
    register                0
}
define service{
    name                    base-service
    check_period            always
    notification_period     always
    check_interval          5
    retry_interval          1
    max_check_attempts      4
    notification_interval   60
    contact_groups          web-admins
    register                0
}
define service{
    name                    slow-service
    check_interval          30
    max_check_attempts      2
    register                0
}
define service{
    name                    notifies-all
    use                     base-service
    contact_groups          +dba
    register                0
}
"""

_COMMANDS = r"""
define command{
    command_name    alive
    command_line    $USER1$/check_ping -H $HOSTADDRESS$ -w 3000,80% -c 5000,100% -p 5
}
define command{
    command_name    ping
    command_line    $USER1$/check_ping -H $HOSTADDRESS$ -w $ARG1$ -c $ARG2$
}
define command{
    command_name    http
    command_line    $USER1$/check_http -I $HOSTADDRESS$ -u '$_HOSTHTTP_PATH$' $ARG1$
}
define command{
    command_name    tcp
    command_line    $USER1$/check_tcp -H $HOSTADDRESS$ -p $ARG1$
}
define command{
    command_name    snmp
    command_line    $USER2$/check_snmp_box -H $HOSTADDRESS$ -p '$_HOSTSNMP_PORT$' -o $ARG1$ \
                    --text "$ARG2$"
}
define command{
    command_name    nrpe
    command_line    $USER1$/check_nrpe -H $HOSTADDRESS$ -c $ARG1$
}
define command{
    command_name    nrpe-alone
    command_line    $USER1$/check_nrpe -H $HOSTADDRESS$
}
define command{
    command_name    piped
    command_line    /bin/cat /proc/version | /usr/bin/cut -d' ' -f1
}
define command{
    command_name    piped-with-address
    command_line    /bin/echo "$HOSTADDRESS$ is" '$HOSTNAME$' | /bin/grep $HOSTNAME$
}
define command{
    command_name    secret
    command_line    $USER1$/check_http -H $HOSTADDRESS$ -a $USER3$
}
define command{
    command_name    runtime
    command_line    $USER1$/check_dummy 0 "$LASTSERVICESTATE$"
}
define command{
    command_name    relative
    command_line    check_something -H $HOSTADDRESS$
}
define command{
    command_name    quoted
    command_line    /usr/bin/printf '%s' 'a $$5 bill' "it's" $ARG1$ '\;$SERVICEDESC$'
}
define command{
    command_name    of-service
    command_line    $USER1$/check_dummy 0 "$_SERVICETEXT$ of $HOSTALIAS$"
}
define command{
    command_name    stale
    command_line    $USER1$/check_dummy 3 stale
}
define command{
    command_name    unused
    command_line    /bin/true
}
"""

_GROUPS = """
define hostgroup{
    hostgroup_name      linux
    alias               All Linux machines
    notes_url           https://wiki.example.com/linux
}
define hostgroup{
    hostgroup_name      web
    alias               Web servers
}
define hostgroup{
    hostgroup_name      db
    alias               Databases
    members             {db}
}
define hostgroup{
    hostgroup_name      dmz
    alias               Outside
    members             {dmz}
}
define hostgroup{
    hostgroup_name      servers
    alias               Servers of all kinds
    hostgroup_members   web,db
}
define hostgroup{
    hostgroup_name      empty
    alias               Nobody
}
define servicegroup{
    servicegroup_name   network
    alias               Network
    notes_url           https://wiki.example.com/network
    action_url          https://graphs.example.com/network
}
"""

_SERVICES = r"""
define service{
    use                     base-service
    hostgroup_name          linux
    service_description     PING
    check_command           ping!100.0,20%!500.0,60%
}
define service{
    use                     base-service
    hostgroup_name          servers,!dmz
    service_description     LOAD
    check_command           nrpe!check_load
}
define service{
    use                     base-service
    hostgroup_name          servers
    service_description     Zombie Processes
    check_command           nrpe!check_zombie_procs
    servicegroups           network
}
define service{
    use                     slow-service,notifies-all
    hostgroup_name          web
    service_description     HTTP
    check_command           http!-w 5 -c 10
    notification_period     not-in-backup
    notes_url               https://wiki.example.com/http
}
define service{
    use                     base-service
    host_name               web-003
    service_description     HTTP
    check_command           http!-w 15 -c 30
    contact_groups          web-admins
}
define service{
    use                     base-service
    host_name               web-007,web-008
    service_description     PING
    check_command           ping!300.0,20%!900.0,60%
    check_interval          15
}
define service{
    use                     base-service
    hostgroup_name          db
    host_name               !db-002
    service_description     postgres
    check_command           tcp!5432
    contact_groups          dba
}
define service{
    use                     base-service
    host_name               *,!gw-1
    service_description     box
    check_command           snmp!.1.3.6.1!it\!works; a comment
    contact_groups          null
    contacts                ada
}
define service{
    use                     base-service
    hostgroup_name          db
    service_description     backup
    active_checks_enabled   0
    passive_checks_enabled  1
    check_freshness         1
    freshness_threshold     93610
    check_command           stale
    contact_groups          office
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     pipe
    check_command           piped
}
define service{
    use                     base-service
    host_name               gw-1,gw-2
    service_description     pipe with address
    check_command           piped-with-address
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     secret
    check_command           secret
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     runtime
    check_command           runtime
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     relative
    check_command           relative
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     quoted
    check_command           quoted!"two words"
    notifications_enabled   0
}
define service{
    use                     base-service
    host_name               gw-1
    service_description     quoted: again
    check_command           quoted!{host} {{address}}
    contact_groups          null
}
define service{
    use                     base-service
    host_name               gw-1,gw-2
    service_description     text
    check_command           of-service
    _TEXT                   'some' $text
    notification_period     work-without-holidays
}
define service{
    use                     base-service
    hostgroup_name          db
    service_description     nrpe
    check_command           nrpe-alone
}
define service{
    use                     base-service
    hostgroup_name          empty
    service_description     nowhere
    check_command           piped
}
define service{
    use                     base-service
    host_name               gw-2
    service_description     neither
    check_command           piped
    active_checks_enabled   0
    passive_checks_enabled  0
}
define serviceescalation{
    host_name               web-001
    service_description     HTTP
    first_notification      3
    last_notification       0
    notification_interval   30
    contact_groups          everybody
}
define hostescalation{
    hostgroup_name          db
    first_notification      2
    last_notification       5
    notification_interval   30
    contacts                oncall
}
define servicedependency{
    host_name                       web-001
    service_description             PING
    dependent_host_name             web-001
    dependent_service_description   HTTP
    execution_failure_criteria      c
}
define hostdependency{
    host_name                       gw-1
    dependent_host_name             gw-2
    notification_failure_criteria   d
}
"""

NRPE = """
server_port=5666
# what Debian brings
command[check_load]=/usr/lib/nagios/plugins/check_load -r -w .15,.10,.05 -c .30,.25,.20
command[check_zombie_procs]=/usr/lib/nagios/plugins/check_procs -w 5 -c 10 -s Z
command[check_arguments]=/usr/lib/nagios/plugins/check_disk -w $ARG1$
"""

WEB = [f"web-{number:03}" for number in range(1, 201)]
DB = [f"db-{number:03}" for number in range(1, 61)]
APP = [f"app-{number:03}" for number in range(1, 41)]
GATEWAYS = ["gw-1", "gw-2"]


def objects() -> dict[str, str]:
    """The object files, by path; they take the text of `LATIN` as it is, in Latin-1."""
    hosts = []
    for number, name in enumerate(WEB):
        path = {} if number % 3 else {"_HTTP_PATH": f"/shop-{number % 7}/"}
        hosts.append(_host("web-host", name, f"127.0.1.{number}", parents="gw-1", **path))
    for number, name in enumerate(DB):
        port = {"_SNMP_PORT": "1161"} if number < 5 else {"_SNMP_PORT": "null"} if number == 7 else {}
        hosts.append(_host("linux-host", name, f"127.0.2.{number}", **port))
    for number, name in enumerate(APP):
        hosts.append(_host("linux-host", name, f"127.0.3.{number}", alias=f"Application {number}"))
    for number, name in enumerate(GATEWAYS):
        parents = {"parents": "gw-1"} if number else {}
        hosts.append(_host("base-host", name, f"127.0.4.{number}", alias=f"Gateway {number}", **parents))
    ports = [
        _define(
            "service",
            use="base-service",
            host_name=name,
            service_description="app port",
            check_command=f"tcp!{8000 + number}",
        )
        for number, name in enumerate(APP)
    ]
    groups = _GROUPS.replace("{db}", ",".join(DB)).replace("{dmz}", ",".join(WEB[:6]))
    return {
        "templates.cfg": _TEMPLATES,
        "commands.cfg": _COMMANDS,
        "hosts/hosts.cfg": "\n".join(hosts) + "\n",
        "hosts/groups.cfg": groups,
        "services.cfg": _SERVICES,
        "ports.cfg": "\n".join(ports) + "\n",
    }


def _host(template: str, name: str, address: str, **more: str) -> str:
    return _define("host", use=template, host_name=name, address=address, **more)


def _define(kind: str, **settings: str) -> str:
    return f"define {kind}{{\n" + "".join(f"    {name}\t{value}\n" for name, value in settings.items()) + "}\n"
