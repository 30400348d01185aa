# A machine's part of a built environment, as `checkctl package` writes it into machines/HOST.json.
type Checkwright::Machine = Struct[{
  name          => String[1],
  package       => Pattern[/\A[a-z0-9][a-z0-9.+-]+\z/],
  version       => String[1],
  build         => Pattern[/\A\/[^\n]+\z/],
  nrpe          => Array[String[1]],
  sudoers       => Array[String[1]],
  secrets       => Array[String[1]],
  subscriptions => Array[String[1]],
}]
