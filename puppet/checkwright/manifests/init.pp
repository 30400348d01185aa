# @summary Checks of checkwright on this machine: two packages, and links to the files of NRPE and sudo.
#
# The data come from Hiera: `checkctl package` writes machines/HOST.json, which holds the parameter `machine`. Files are
# links into the package, so that an upgrade replaces all of them at once, and a run with --noop works on a new machine.
#
# @param machine
#   This machine's part of the environment, from machines/HOST.json.
# @param version
#   Version of the package checkwright, such as `0.2.0-1`. That of the environment's package is in `machine`.
# @param secrets
#   Content of each file that the machine's checks read, by its path. One that is missing stops the catalog.
# @param account
#   Account that runs the checks. Its group may read the secrets.
# @param nrpe_directory
#   Folder that NRPE includes. The class makes a folder of its own in it.
# @param sudoers_directory
#   Folder that sudo includes.
# @param nrpe_service
#   Service to restart after a change.
# @param manage_service
#   False leaves the service alone. Hiera cannot say undef: a null there means the default.
class checkwright (
  Checkwright::Machine $machine,
  String[1] $version = 'installed',
  Hash[Pattern[/\A\/[^\n]+\z/], Sensitive[String]] $secrets = {},
  String[1] $account = 'nagios',
  Pattern[/\A\/[^\n]+\z/] $nrpe_directory = '/etc/nagios/nrpe.d',
  Pattern[/\A\/[^\n]+\z/] $sudoers_directory = '/etc/sudoers.d',
  String[1] $nrpe_service = 'nagios-nrpe-server',
  Boolean $manage_service = true,
) {
  $missing = $machine['secrets'] - $secrets.keys
  unless empty($missing) {
    $paths = join($missing, ', ')
    fail("checkwright::secrets lacks ${paths}: the checks of ${machine['name']} read these files")
  }

  package { 'checkwright':
    ensure => $version,
  }
  package { $machine['package']:
    ensure  => $machine['version'],
    require => Package['checkwright'],
  }

  $notified = $manage_service ? {
    false   => [],
    default => [Service[$nrpe_service]],
  }

  # Only a folder of its own is purged: files of others may lie next to it.
  file { "${nrpe_directory}/checkwright":
    ensure  => directory,
    owner   => 'root',
    group   => 'root',
    mode    => '0755',
    recurse => true,
    purge   => true,
    force   => true,
    notify  => $notified,
  }
  $machine['nrpe'].each |$file| {
    $link = regsubst($file, '/', '-', 'G')
    file { "${nrpe_directory}/checkwright/${link}":
      ensure  => link,
      target  => "${machine['build']}/nrpe/${file}",
      require => Package[$machine['package']],
      notify  => $notified,
    }
  }

  # sudo reads no folders below its own, and ignores names with a dot.
  $rights = '/etc/checkwright/sudoers.d'
  file { '/etc/checkwright':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }
  file { $rights:
    ensure  => directory,
    owner   => 'root',
    group   => 'root',
    mode    => '0755',
    recurse => true,
    purge   => true,
    force   => true,
  }
  $machine['sudoers'].each |$file| {
    $link = regsubst($file, '.*/', '')
    file { "${rights}/${link}":
      ensure  => link,
      target  => "${machine['build']}/sudoers/${file}",
      require => Package[$machine['package']],
    }
  }
  $include = empty($machine['sudoers']) ? {
    true    => absent,
    default => file,
  }
  file { "${sudoers_directory}/checkwright":
    ensure  => $include,
    owner   => 'root',
    group   => 'root',
    mode    => '0440',
    content => "#includedir ${rights}\n",
    require => File[$rights],
  }

  unless empty($machine['secrets']) {
    file { '/etc/checks':
      ensure  => directory,
      owner   => 'root',
      group   => $account,
      mode    => '0750',
      require => Package['checkwright'],
    }
  }
  $machine['secrets'].each |$path| {
    file { $path:
      ensure    => file,
      owner     => 'root',
      group     => $account,
      mode      => '0640',
      content   => $secrets[$path],
      show_diff => false,
      require   => Package['checkwright'],
    }
  }

  if $manage_service {
    service { $nrpe_service:
      ensure    => running,
      enable    => true,
      subscribe => [Package['checkwright'], Package[$machine['package']]],
    }
  }
}
