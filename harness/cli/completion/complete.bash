# Completes the commands of this project behind pnpm and npm, in the project's folders alone. What they are is defined before this.

# What completed a program before goes on where this has nothing to say.
_guide_conformance_before() {
  local before
  case $1 in
  pnpm) before=$_guide_conformance_pnpm ;;
  *) before=$_guide_conformance_npm ;;
  esac
  if [ -n "$before" ]; then "$before" "$@"; fi
}

# Puts the words of REPLY that begin as the present word does among what is offered.
_guide_conformance_offer() {
  local one
  while IFS= read -r one; do
    if [ -n "$one" ]; then COMPREPLY+=("$one"); fi
  done < <(compgen "$@" -- "$cur")
}

# Sets REPLY to the folder of the project that this is in.
_guide_conformance_is_here() {
  local root=$PWD
  until grep -qs '"name": "k8s-guide-conformance"' "$root/package.json"; do
    if [ -z "$root" ]; then return 1; fi
    root=${root%/*}
  done
  REPLY=$root
}

_guide_conformance() {
  local program=$1 cur=$2 word typed='' option='' run='' dashes='' values=0 i
  COMPREPLY=()
  if ! _guide_conformance_is_here; then
    _guide_conformance_before "$@"
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [ -z "$typed" ]; then
      case $word in
      run | run-script) run=1 ;;
      -*) ;;
      *) typed=$word ;;
      esac
      continue
    fi
    case $word in
    --) dashes=1 ;;
    =) ;;
    -*)
      option=$word
      values=0
      ;;
    *)
      if [ "$typed" = guide-conformance ]; then
        typed=$word
      elif [ -z "$option" ] && _guide_conformance_next "$typed $word"; then
        typed="$typed $word"
      else
        values=$((values + 1))
      fi
      ;;
    esac
  done
  if [ "$cur" = '=' ]; then cur=''; fi
  if [ -z "$typed" ]; then
    if [ -z "$run" ]; then _guide_conformance_before "$@"; fi
    case "$program$run" in
    npm) ;;
    pnpm) _guide_conformance_next pnpm && _guide_conformance_offer -W "$REPLY" ;;
    *) _guide_conformance_next run && _guide_conformance_offer -W "$REPLY" ;;
    esac
    return
  fi
  if ! _guide_conformance_next "$typed"; then
    _guide_conformance_before "$@"
    return
  fi
  case "$program$dashes$cur" in
  npm-*)
    # npm takes options for its own unless this stands before them.
    COMPREPLY=(--)
    return
    ;;
  esac
  case $cur in
  -*) ;;
  *)
    if [ -n "$option" ] && { [ "$values" = 0 ] || _guide_conformance_many "$typed $option"; } &&
      _guide_conformance_value "$typed $option"; then
      case $REPLY in
      :none) ;;
      :files) _guide_conformance_offer -f ;;
      :clusters) _guide_conformance_offer -W "$(_guide_conformance_clusters)" ;;
      *) _guide_conformance_offer -W "$REPLY" ;;
      esac
      return
    fi
    ;;
  esac
  _guide_conformance_next "$typed"
  case $REPLY in
  *:runs*) REPLY="${REPLY/:runs/} $(_guide_conformance_runs)" ;;
  esac
  _guide_conformance_offer -W "$REPLY"
}

# Runs whose folders are there.
_guide_conformance_runs() {
  local folder
  _guide_conformance_is_here
  for folder in "$REPLY"/reports/*/run.json; do
    if [ ! -e "$folder" ]; then return; fi
    folder=${folder%/run.json}
    printf '%s\n' "${folder##*/}"
  done
}

# Clusters that are up, by the files of their states.
_guide_conformance_clusters() {
  local file
  for file in "${XDG_STATE_HOME:-$HOME/.local/state}"/k8s-guide-conformance/applied/*.json; do
    if [ ! -e "$file" ]; then return; fi
    file=${file##*/}
    printf '%s\n' "${file%.json}"
  done
}

_guide_conformance_keep() {
  complete -p "$1" 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p' | grep -vx _guide_conformance
}
_guide_conformance_pnpm=$(_guide_conformance_keep pnpm || printf %s "${_guide_conformance_pnpm-}")
_guide_conformance_npm=$(_guide_conformance_keep npm || printf %s "${_guide_conformance_npm-}")
complete -o default -F _guide_conformance pnpm npm
